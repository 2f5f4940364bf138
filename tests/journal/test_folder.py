"""A data folder has one owner, and the owner has one place for everything."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from utabox.journal import JournalError, JournalInUse
from utabox.journal.folder import DataFolder, place

OWNER = """
import sys
from pathlib import Path
from utabox.journal.folder import DataFolder
folder = DataFolder(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that owns `data`."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, tmp_path / "data"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield process
        process.kill()


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "a" / "data") as folder:
        assert folder.path.stat().st_mode & 0o777 == 0o700
        assert (folder.path / "venues").stat().st_mode & 0o777 == 0o700
        assert (folder.path / "utabox.lock").stat().st_mode & 0o777 == 0o600
        assert (folder.path / "utabox.lock").read_text() == f"{os.getpid()}\n"


def test_everything_has_its_place(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as folder:
        assert folder.key_path == tmp_path / "secrets.key"
        assert folder.venue_path("main") == tmp_path / "venues" / "main.sqlite3"
        assert folder.venues() == []
        folder.venue_path("main").touch()
        folder.venue_path("alpha-2").touch()
        (tmp_path / "venues" / "main.sqlite3-wal").touch()
        assert folder.venues() == ["alpha-2", "main"]


@pytest.mark.parametrize(
    "name", ["", "..", "../main", "a/b", "a\\b", "Main", ".main", "-main", "main\n", "a" * 65]
)
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with DataFolder(tmp_path) as folder, pytest.raises(ValueError, match="venue name"):
        folder.venue_path(name)


@pytest.mark.parametrize(
    ("create", "advice"), [(True, ", or choose another --data folder"), (False, " first")]
)
def test_a_second_process_is_refused(
    tmp_path: Path, owner: subprocess.Popen[bytes], create: bool, advice: str
) -> None:
    """Also one that would only verify: what it read could be half written."""
    with pytest.raises(JournalInUse) as refusal:
        DataFolder(tmp_path / "data", create=create)

    assert str(refusal.value) == (
        f"The data folder {tmp_path / 'data'} is in use by process {owner.pid}: stop that "
        f"process{advice}."
    )


def test_a_second_owner_within_a_process_is_refused(tmp_path: Path) -> None:
    with DataFolder(tmp_path), pytest.raises(JournalInUse, match=f"process {os.getpid()}:"):
        DataFolder(tmp_path)


def test_the_lock_of_a_killed_process_is_no_lock(
    tmp_path: Path, owner: subprocess.Popen[bytes]
) -> None:
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert (tmp_path / "data" / "utabox.lock").read_text() == f"{owner.pid}\n"

    with DataFolder(tmp_path / "data"):
        assert (tmp_path / "data" / "utabox.lock").read_text() == f"{os.getpid()}\n"


def test_a_closed_folder_is_free(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.close()
    folder.close()

    DataFolder(tmp_path).close()


def test_a_missing_folder_is_not_made_for_reading(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="There is no data folder"):
        DataFolder(tmp_path / "data", create=False)

    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").touch()

    with pytest.raises(JournalError, match=r"data is not a folder: give the path of a"):
        DataFolder(tmp_path / "data")


def test_a_lock_file_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """What it leads to is somebody's."""
    other = tmp_path / "other"
    other.write_text("")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "utabox.lock").symlink_to(other)

    with pytest.raises(JournalError, match=r"utabox\.lock is a link, not the lock file"):
        DataFolder(tmp_path / "data")

    assert other.read_text() == ""


def test_a_foreign_lock_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "utabox.lock").write_text("a diary\n")

    with pytest.raises(JournalError, match="is a file of something else, not the lock file"):
        DataFolder(tmp_path)

    assert (tmp_path / "utabox.lock").read_text() == "a diary\n"


def test_a_pipe_is_no_lock_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "utabox.lock")

    with pytest.raises(JournalError, match="is no regular file"):
        DataFolder(tmp_path)


def test_a_file_gets_its_name_but_never_over_another(tmp_path: Path) -> None:
    new, other, name = tmp_path / "new", tmp_path / "other", tmp_path / "name"
    new.write_text("new")
    other.write_text("other")

    place(new, name)
    with pytest.raises(FileExistsError):
        place(other, name)

    assert name.read_text() == "new"
    assert sorted(tmp_path.iterdir()) == [name, other]
