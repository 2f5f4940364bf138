"""`utabox verify`: sound, damaged, in use, or no data folder at all."""

import json
import os
import signal
from pathlib import Path

import apsw
import pytest

from .process import Cli, Serving, run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a server that has ended."""
    folder = tmp_path / "data"
    with Serving(tmp_path, "--data", str(folder)) as serving:
        assert serving.stop() == 0
    return folder


def journal(data: Path) -> Path:
    return data / "venues" / "default.sqlite3"


def change(data: Path, statement: str) -> None:
    """Change the journal as somebody would who knows SQLite but not our checksums."""
    database = apsw.Connection(str(journal(data)))
    database.execute(statement)
    database.close()


def test_a_sound_folder_is_told_with_its_hash(data: Path, nobody: Cli) -> None:
    done = nobody("verify", str(data))

    assert done.exit_code == 0
    assert "venue     default\n" in done.stdout
    assert done.stdout.endswith("sound\n")
    assert done.stderr == ""


def test_the_hash_is_the_running_servers(data: Path, tmp_path: Path, nobody: Cli) -> None:
    report = json.loads(nobody("verify", str(data), "--json").stdout)[0]

    with Serving(tmp_path, "--data", str(data)) as serving:
        from utabox.cli.doors import Doors

        token = json.loads(serving.token_file.read_text())["token"]
        state = Doors(serving.url, token).call("GET", "state")

    assert (report["hash"], report["entries"]) == (state["hash"], state["seq"])
    assert report["snapshot"] == report["entries"]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_snapshots_are_verified(data: Path, nobody: Cli) -> None:
    """Each is a journal; a damaged one is named."""
    told = json.loads(nobody("verify", str(data), "--json").stdout)
    assert [report["venue"] for report in told] == ["default", "default/start"]
    snapshot = journal(data).parent / "default" / "start.snapshot"
    damaged = bytearray(snapshot.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    snapshot.write_bytes(damaged)
    answer = nobody("verify", str(data))
    assert answer.exit_code == 3
    assert "start.snapshot" in answer.stderr


def test_nothing_is_changed(data: Path, nobody: Cli) -> None:
    folder = journal(data).parent
    before = contents(folder)

    nobody("verify", str(data))

    assert contents(folder) == before
    assert sorted(before) == ["default.history", "default.sqlite3", "start.snapshot"]


@pytest.mark.parametrize("lock", ["kept", "removed"])
def test_a_folder_that_may_only_be_read_is_verified(data: Path, tmp_path: Path, lock: str) -> None:
    """Such as a backup; with a journal that lies partly in its -wal. Nothing is left beside it."""
    with Serving(tmp_path, "--data", str(data)) as serving:
        Cli(tmp_path, serving.url)("price", "set", "BTC", "12345")
        serving.stop(signal.SIGKILL)
    if lock == "removed":
        (data / "utabox.lock").unlink()
    folders = (data, data / "venues")
    before = sorted(data.rglob("*"))
    for folder in folders:
        folder.chmod(0o500)
    done = run(tmp_path, "verify", str(data), prefix=without_root())
    for folder in folders:
        folder.chmod(0o700)

    assert (done.returncode, done.stdout.endswith("sound\n")) == (0, True), done.stderr
    assert ("cannot be locked" in done.stderr) == (lock == "removed")
    assert sorted(data.rglob("*")) == before


def without_root() -> tuple[str, ...]:
    """A prefix for commands: root may write everywhere, unless it gives that up."""
    return ("setpriv", "--bounding-set=-all") if os.geteuid() == 0 else ()


def test_a_damaged_copy_is_told_by_the_name_of_the_journal(data: Path, tmp_path: Path) -> None:
    change(data, "UPDATE entries SET time = time + 1 WHERE seq = 3")
    (data / "venues").chmod(0o500)
    done = run(tmp_path, "verify", str(data), prefix=without_root())
    (data / "venues").chmod(0o700)

    assert done.returncode == 3
    assert f"The journal {journal(data)} is damaged at entry 3" in done.stderr


def test_a_missing_key_file_is_mentioned(data: Path, nobody: Cli) -> None:
    (data / "secrets.key").unlink()

    done = nobody("verify", str(data))

    assert done.exit_code == 0
    assert f"note: {data}/secrets.key is missing" in done.stderr


def test_a_file_is_no_folder(tmp_path: Path, nobody: Cli) -> None:
    (tmp_path / "file").touch()

    done = nobody("verify", str(tmp_path / "file"))

    assert done.exit_code == 3
    assert "file is not a folder" in done.stderr


def test_a_changed_entry_is_3(data: Path, nobody: Cli) -> None:
    change(data, "UPDATE entries SET time = time + 1 WHERE seq = 3")

    done = nobody("verify", str(data))

    assert (done.exit_code, done.stdout) == (3, "")
    assert "damaged at entry 3" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_truncated_journal_is_3(data: Path, nobody: Cli) -> None:
    journal(data).write_bytes(journal(data).read_bytes()[:5000])

    assert nobody("verify", str(data)).exit_code == 3


def test_a_folder_in_use_is_3(tmp_path: Path, nobody: Cli) -> None:
    data = tmp_path / "data"
    with Serving(tmp_path, "--data", str(data)) as serving:
        done = nobody("verify", str(data))

    assert done.exit_code == 3
    assert f"in use by process {serving.process.pid}: stop that process first." in done.stderr


def test_another_folder_is_3_and_stays_as_it_is(tmp_path: Path, nobody: Cli) -> None:
    done = nobody("verify", str(tmp_path))

    assert done.exit_code == 3
    assert "There is no data folder of utabox at" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_that_tells_another_state_is_3(tmp_path: Path, nobody: Cli) -> None:
    """Whole and fitting by its checksum, but not what the entries add up to."""
    from utabox.engine.state import State
    from utabox.journal.codec import decode_state, encode_state
    from utabox.journal.sqlite import SqliteJournal

    folder = tmp_path / "data"
    with Serving(tmp_path, "--data", str(folder)) as serving:
        serving.stop()
    opened = SqliteJournal(journal(folder), "process")
    kept = opened.snapshot()
    assert kept is not None
    state: State = decode_state(kept, "kept")
    state.next_uid += 1
    opened.save_snapshot(encode_state(state))
    opened.close()

    done = nobody("verify", str(folder))

    assert done.exit_code == 3
    assert "tells another state" in done.stderr
