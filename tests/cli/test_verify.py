"""`utabox verify`: sound, damaged, in use, or no data folder at all."""

import json
from pathlib import Path

import apsw
import pytest

from .process import Cli, Serving


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


def test_nothing_is_changed(data: Path, nobody: Cli) -> None:
    before = journal(data).read_bytes()

    nobody("verify", str(data))

    assert journal(data).read_bytes() == before
    assert [path.name for path in journal(data).parent.iterdir()] == ["default.sqlite3"]


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
    assert f"in use by process {serving.process.pid}" in done.stderr


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
