"""The doors of the past: the journal as it reads, and accounts as they were at any entry."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec

from utabox.endpoint import Caller, Endpoint, declared
from utabox.engine.account.lookup import account_of
from utabox.engine.margin.valuation import holdings_of, money, rate, usd_value, value
from utabox.engine.rules import Command, Event, Rejected, exact
from utabox.engine.state import Account, ApiKey, State
from utabox.journal import Record
from utabox.journal.codec import decode_entry, may_name
from utabox.runtime import Runtime
from utabox.server.control import Query, door
from utabox.server.doors import AccountView, KeyView, account_view, key_view, uid_of
from utabox.server.past import past_of
from utabox.server.request_log import LogEntry
from utabox.terms import Algorithm, MarginMode
from utabox.venues import Venue

ENTRIES_MAX = 500
"""Entries told at once."""
SEARCHED_MAX = 5_000
"""Entries looked through at once for those of one account."""
READ_AT_ONCE = 500
"""Of them, in one read: appends wait for that."""
INLINE_MAX = 64
"""Entries that are decoded on the loop's own thread: more would hold it up."""
POINTS_MAX = 500
"""Of one picture."""
PICTURED_MAX = 20_000
"""Entries that a picture goes back, unless it is told from which one on."""

HIDDEN = "sealed_secret"


class EventView(msgspec.Struct, frozen=True):
    """A fact: its kind, its account if it is of one, and all that it says."""

    tag: str
    uid: int  # 0: of none
    fields: dict[str, Any]


class JournalEntryView(msgspec.Struct, frozen=True):
    """One entry of the journal: what was wished, and what followed."""

    seq: int
    time: int  # ms
    command: str  # its tag
    uid: int  # 0: of no account
    fields: dict[str, Any]
    events: list[EventView]


class JournalPage(msgspec.Struct, frozen=True):
    """Some entries, oldest first."""

    entries: list[JournalEntryView]
    upto: int  # the last entry that was looked at: `after` of the next page
    length: int  # of the journal, as far as it is durable


class Moment(msgspec.Struct, frozen=True):
    """An account as it was after one entry."""

    seq: int
    time: int  # ms, of that entry
    account: AccountView
    info: dict[str, Any] | None  # as GET /v5/account/info told it
    wallet: dict[str, Any] | None  # as GET /v5/account/wallet-balance; None: it has no such wallet
    keys: list[KeyView]


class Point(msgspec.Struct, frozen=True):
    """What an account was worth after one entry, USD."""

    seq: int
    time: int  # ms
    equity: str
    imRate: str  # empty in isolated margin
    mmRate: str
    coins: dict[str, str]  # each coin's equity


@door("GET /-/requests/{number}")
def show_request(venue: Venue, number: str) -> LogEntry:
    """One call by its number in the log, with its why in full."""
    found = venue.log.one(_number(number, "the number of a call"))
    if found is None:
        raise KeyError(
            f"the call {number[:20]} is not kept: the log has {venue.log.count} calls and keeps "
            "the newest, --requests-kept of them"
        )
    return found


@door("GET /-/journal")
async def read_journal(venue: Venue, query: Query) -> JournalPage:
    """The entries after `after`, decoded, of one account if `uid` is given; without secrets."""
    runtime = venue.runtime
    limit = min(query.limit, ENTRIES_MAX)
    seen = max(0, query.after)
    upto = min(runtime.durable, seen + (SEARCHED_MAX if query.uid else limit))
    name = runtime.journal.name
    entries: list[JournalEntryView] = []
    while seen < upto and len(entries) < limit:
        records = await _read(runtime, seen, min(upto, seen + READ_AT_ONCE))
        given = records, name, query.uid, limit - len(entries)
        if len(records) > INLINE_MAX:
            some, seen = await asyncio.to_thread(_found, *given)
        else:
            some, seen = _found(*given)
        entries += some
    return JournalPage(entries, min(seen, runtime.durable), runtime.durable)


@door("GET /-/accounts/{uid}/at/{seq}")
async def show_account_at(venue: Venue, uid: str, seq: str) -> Moment:
    """The account as it was after the entry `seq`, or as it is `now`."""
    account = uid_of(uid)
    if seq == "now":
        return _moment(venue.runtime.state, account, venue.runtime.now())
    number = _number(seq, "`now`, or an entry's seq")
    past = past_of(venue.runtime)
    return await past.look(number, lambda state: _moment(state, account, state.now))


@door("GET /-/accounts/{uid}/worth")
async def show_worth(venue: Venue, uid: str, query: Query) -> list[Point]:
    """What the account was worth, from the entry `after` on; `limit` points at most."""
    account, now = uid_of(uid), venue.runtime.durable
    account_of(venue.runtime.state, account)
    began = query.after or max(0, now - PICTURED_MAX)
    points = min(query.limit, POINTS_MAX, max(1, now - began))
    past = past_of(venue.runtime)
    found: list[Point] = []
    for number in range(1, points + 1):
        at = began + (now - began) * number // points
        point = await past.look(at, lambda state: _point(state, account))
        if point is not None and (not found or point != _at(found[-1], point)):
            found.append(point)
    return found


async def _read(runtime: Runtime, after: int, upto: int) -> list[Record]:
    records: list[Record] = []
    journal = runtime.journal
    read = runtime.beside(lambda _: records.extend(journal.some(after, upto)))
    await asyncio.wrap_future(read)
    return records


def _found(
    records: list[Record], name: str, uid: int, most: int
) -> tuple[list[JournalEntryView], int]:
    """The first entries of an account, or of any; and the last one that was looked at."""
    entries: list[JournalEntryView] = []
    for record in records:
        if uid and not may_name(record, uid):
            continue
        if len(entries) == most:
            return entries, record.seq - 1
        entry = _entry(record, name)
        if uid in (0, entry.uid, *(event.uid for event in entry.events)):
            entries.append(entry)
    return entries, records[-1].seq


# --- what they show -----------------------------------------------------------------------------


def _entry(record: Record, name: str) -> JournalEntryView:
    entry = decode_entry(record, name)
    told = [_event(event) for event in entry.events]
    own = _uid_in(entry.command)
    uid = own or next((event.uid for event in told if event.uid), 0)
    return JournalEntryView(
        record.seq, record.time, _tag(entry.command), uid, _fields(entry.command), told
    )


def _event(event: Event) -> EventView:
    return EventView(_tag(event), _uid_in(event), _fields(event))


def _tag(what: Command | Event) -> str:
    return str(what.__struct_config__.tag)


def _uid_in(what: Command | Event) -> int:
    uid = getattr(what, "uid", 0)
    return uid if isinstance(uid, int) else 0


def _fields(what: msgspec.Struct) -> dict[str, Any]:
    """All that it says, by name, but for secrets."""
    return {name: _told(getattr(what, name)) for name in what.__struct_fields__ if name != HIDDEN}


def _told(held: Any) -> Any:
    if isinstance(held, msgspec.Struct):  # by name, also where the journal has a list of fields
        return _fields(held)
    if isinstance(held, dict):
        return {str(_told(name)): _told(each) for name, each in held.items()}
    if isinstance(held, list | tuple):
        return [_told(each) for each in held]
    if isinstance(held, bytes):
        return held.hex()
    return held.value if isinstance(held, Enum) else held


def _moment(state: State, uid: int, now: int) -> Moment:
    account = account_of(state, uid)
    keys = [key_view(key) for key in state.keys.values() if key.uid == uid]
    wallet = _asked(state, account, now, "/v5/account/wallet-balance", {"accountType": "UNIFIED"})
    return Moment(
        seq=state.seq,
        time=state.now,
        account=_view(state, account),
        info=_asked(state, account, now, "/v5/account/info", {}),
        wallet=wallet and wallet["list"][0],
        keys=keys,
    )


@exact
def _view(state: State, account: Account) -> AccountView:
    return account_view(state, account)


def _asked(
    state: State, account: Account, now: int, path: str, query: dict[str, str]
) -> dict[str, Any] | None:
    """What an endpoint says of the account in this state; None: it refuses."""
    endpoint = next(_queries(path))
    key = ApiKey(0, "", account.uid, Algorithm.UNCHECKED, 0, 0, 0)
    given: list[Any] = [state, Caller(account.uid, account, key, now, "")]
    if endpoint.params is not None:
        given.append(msgspec.convert(query, endpoint.params))
    try:
        told: dict[str, Any] = msgspec.to_builtins(endpoint.function(*given))
    except Rejected:
        return None
    return told


def _queries(path: str) -> Iterator[Endpoint]:
    return (each for each in declared() if each.path == path and each.kind == "query")


@exact
def _point(state: State, uid: int) -> Point | None:
    account = state.accounts.get(uid)
    if account is None:
        return None
    holdings, mode = holdings_of(state, account), account.margin_mode
    of, isolated = value(holdings, mode), mode is MarginMode.ISOLATED_MARGIN
    coins: dict[str, Decimal] = {each.coin: usd_value(each) for each in holdings}
    return Point(
        seq=state.seq,
        time=state.now,
        equity=money(of.total_equity),
        imRate="" if isolated else rate(of.im_rate),
        mmRate="" if isolated else rate(of.mm_rate),
        coins={coin: money(worth) for coin, worth in coins.items() if worth},
    )


def _at(point: Point, other: Point) -> Point:
    """The same worth at another moment."""
    return msgspec.structs.replace(point, seq=other.seq, time=other.time)


def _number(text: str, expected: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise ValueError(f"{text[:40]!r} is no number: write {expected}")
    return int(text)
