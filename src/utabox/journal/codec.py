"""From commands, events and states to bytes and back; what is unknown is named, not guessed."""

from typing import TYPE_CHECKING, Union

import msgspec

import utabox.engine  # noqa: F401  declares every command and event that can be in a journal
from utabox.engine.rules import Command, Event, command_types, event_types
from utabox.engine.state import State
from utabox.journal import JournalError, Record, Snapshot

SCHEMA_VERSION = 1
"""Raised when an old program could no longer read what a new one writes."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What a record's payload holds."""

    version: int
    command: Command
    events: list[Event]


if TYPE_CHECKING:
    _WireEntry = Entry
else:
    # The same fields with the types spelled out: the rules that were found, whichever they are.
    _WireEntry = msgspec.defstruct(
        "_WireEntry",
        [("command", Union[command_types()]), ("events", list[Union[event_types()]])],  # noqa: UP007
        bases=(Entry,),
        frozen=True,
        array_like=True,
    )


class _WireState(msgspec.Struct, array_like=True):
    version: int
    state: State


_encoder = msgspec.msgpack.Encoder()
_entry_decoder = msgspec.msgpack.Decoder(_WireEntry)
_state_decoder = msgspec.msgpack.Decoder(_WireState)
_version_decoder = msgspec.msgpack.Decoder(list[msgspec.Raw])


def encode_entry(seq: int, time: int, command: Command, events: list[Event]) -> Record:
    """The record of one entry."""
    return Record(seq, time, _encoder.encode(Entry(SCHEMA_VERSION, command, events)))


def decode_entry(record: Record, name: str) -> Entry:
    """The entry of one record of the journal `name`.

    Raises:
        JournalError: another version wrote it, or it is no entry.
    """
    try:
        entry = _entry_decoder.decode(record.payload)
    except msgspec.MsgspecError as error:
        raise _unreadable(name, f"entry {record.seq}", record.payload, error) from error
    if entry.version != SCHEMA_VERSION:
        raise _unreadable(name, f"entry {record.seq}", record.payload, None)
    return entry


def may_name(record: Record, number: int) -> bool:
    """Whether the entry may hold this number somewhere; no is certain, and soon known."""
    return 0 <= number < 1 << 64 and msgspec.msgpack.encode(number) in record.payload


def encode_state(state: State) -> Snapshot:
    """The snapshot of a state."""
    return Snapshot(state.seq, _encoder.encode(_WireState(SCHEMA_VERSION, state)))


def decode_state(snapshot: Snapshot, name: str) -> State:
    """The state of a snapshot of the journal `name`.

    Raises:
        JournalError: another version wrote it, or it is no state.
    """
    try:
        wire = _state_decoder.decode(snapshot.payload)
    except msgspec.MsgspecError as error:
        where = f"the snapshot at {snapshot.seq}"
        raise _unreadable(name, where, snapshot.payload, error) from error
    if wire.version != SCHEMA_VERSION:
        raise _unreadable(name, f"the snapshot at {snapshot.seq}", snapshot.payload, None)
    return wire.state


def _unreadable(
    name: str, where: str, payload: bytes, error: msgspec.MsgspecError | None
) -> JournalError:
    version = _version(payload)
    if version is not None and version != SCHEMA_VERSION:
        return JournalError(
            f"{name}: {where} has schema version {version}, and this utabox reads "
            f"{SCHEMA_VERSION}: start it with the utabox that wrote it, or use a new --data folder."
        )
    return JournalError(
        f"{name}: {where} is not readable ({error}): restore the folder from a copy, or use a "
        "new --data folder."
    )


def _version(payload: bytes) -> int | None:
    try:
        return msgspec.msgpack.decode(_version_decoder.decode(payload)[0], type=int)
    except (msgspec.MsgspecError, IndexError):
        return None
