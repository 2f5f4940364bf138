"""utabox verify: whether a data folder is sound, without changing it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from utabox.cli.failure import BadJournal
from utabox.cli.moment import iso
from utabox.cli.printable import printable
from utabox.cli.tables import show_fields, show_json

if TYPE_CHECKING:
    from utabox.engine.state import State
    from utabox.journal import Journal, Record
    from utabox.journal.folder import DataFolder


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(folder: Path, as_json: bool) -> None:
    """Check that a data folder is sound.

    Checks every entry and the snapshot of the journals in DIR, and all that must hold of the
    accounts. Reads only, and refuses a folder that a server is using; what may not be written is
    copied to a temporary folder first. Exit code 3: damaged.

    \b
    utabox verify ~/.local/share/utabox
    """
    from utabox.journal import JournalError
    from utabox.journal.folder import DataFolder

    if folder.exists() and not folder.is_dir():
        raise BadJournal(f"{folder} is not a folder: give the path of a data folder.")
    if not (folder / "venues").is_dir():  # opening it would leave a lock file there
        raise BadJournal(f"There is no data folder of utabox at {folder}: check the path.")
    try:
        with DataFolder(folder, create=False) as owned:
            if not owned.locked:
                note = f"{folder} cannot be locked: see that no server is using it"
                click.echo(f"note: {printable(note)}.", err=True)
            reports = [_verify(path, name) for name, path in _journals(owned)]
            has_key = owned.key_path.exists()
    except JournalError as error:
        raise BadJournal(str(error)) from error
    except OSError as error:
        raise BadJournal(f"{folder} cannot be read: {error.strerror or error}.") from error
    if not reports:
        raise BadJournal(f"There is no journal in {folder}: check the path.")
    if as_json:
        show_json(reports)
    else:
        _show(reports)
    if not has_key:
        note = f"{owned.key_path} is missing: without it no server opens the journal's API secrets"
        click.echo(f"note: {printable(note)}; restore it.", err=True)


def _journals(folder: DataFolder) -> Iterator[tuple[str, Path]]:
    """Each venue's journal and, after it, those of its snapshots: `default`, `default/start`."""
    from utabox.journal.shelf import FolderShelf

    shelf = FolderShelf(folder, "disk")
    for name in folder.venues():
        yield name, folder.venue_path(name)
        for snapshot in shelf.snapshots(name):
            yield f"{name}/{snapshot}", shelf.path(name, snapshot)


def _verify(path: Path, name: str) -> dict[str, Any]:
    from utabox.engine.invariants import audit
    from utabox.journal.sqlite import SqliteJournal

    with _writable(path) as usable, closing(SqliteJournal(usable, "disk")) as journal:
        journal.name = str(path)
        state, first, snapshot_seq = _replayed(journal)
    wrong = audit(state)
    if wrong:
        raise BadJournal(
            f"The journal {path} is whole but breaks {len(wrong)} rules, first: {wrong[0]}; "
            "please report this as a bug of utabox."
        )
    return {
        "venue": name,
        "entries": state.seq,
        "from": iso(first),
        "to": iso(state.now),
        "snapshot": snapshot_seq or None,
        "accounts": len(state.accounts),
        "keys": len(state.keys),
        "hash": _hash(state),
    }


@contextmanager
def _writable(path: Path) -> Iterator[Path]:
    """The journal, or a copy of it: SQLite opens no such file without the right to write."""
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        yield path
        return
    from utabox.journal import JournalError

    with TemporaryDirectory(prefix="utabox-verify-") as folder:
        copy, wal = Path(folder) / path.name, path.with_name(f"{path.name}-wal")
        copyfile(path, copy)
        if wal.exists():
            copyfile(wal, copy.with_name(wal.name))
        try:
            yield copy
        except JournalError as error:
            raise BadJournal(str(error).replace(str(copy), str(path))) from error


def _replayed(journal: Journal) -> tuple[State, int, int]:
    """The state that the entries alone tell, compared with the snapshot.

    Returns:
        Beside the state, the time of the first entry, ms, and the number of the snapshot's.
    Raises:
        JournalError: an entry or the snapshot is damaged.
        BadJournal: they are whole, but do not fit each other.
    """
    from utabox.engine.rules import apply
    from utabox.engine.state import State
    from utabox.journal.codec import decode_entry, decode_state, encode_state

    state, first = State(), 0
    snapshot = journal.snapshot() or encode_state(state)
    expected, told = _hash(decode_state(snapshot, journal.name)), _hash(state)
    with _progress(journal) as records:
        for record in records:
            entry = decode_entry(record, journal.name)
            state.seq, state.now = record.seq, record.time
            try:
                apply(state, entry.events)
            except Exception as error:
                raise _broken(journal, f"entry {record.seq} does not fit the earlier") from error
            first = first or record.time
            if record.seq == snapshot.seq:
                told = _hash(state)
    if told != expected:
        raise _broken(journal, f"its snapshot of entry {snapshot.seq} tells another state")
    return state, first, snapshot.seq


def _broken(journal: Journal, what: str) -> BadJournal:
    return BadJournal(f"The journal {journal.name} is damaged, {what}: restore it from a backup.")


@contextmanager
def _progress(journal: Journal) -> Iterator[Iterable[Record]]:
    """The entries, with a bar on stderr if that is a terminal."""
    records = journal.read()
    if not sys.stderr.isatty():
        yield records
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        yield bar.track(records, total=journal.length, description="verifying")


def _hash(state: State) -> str:
    """The state's identity, as `Runtime.state_hash` has it."""
    from utabox.journal.codec import encode_state

    return sha256(encode_state(state).payload).hexdigest()


def _show(reports: list[dict[str, Any]]) -> None:
    for report in reports:
        show_fields([(key, "none" if value is None else value) for key, value in report.items()])
    click.echo("sound")
