"""The doors of faults: let a venue fail on purpose, by rules that are listed, counted, removed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import msgspec

from utabox import retcodes
from utabox.endpoint import declared
from utabox.engine.fault import AddFault, RemoveFault, RemoveFaults
from utabox.engine.state import Fault, FaultEffect, FaultField, FaultScope, FaultTiming
from utabox.facts import facts
from utabox.retcodes import RetCode
from utabox.server.control import Query, door
from utabox.server.faulting import summary, text_of
from utabox.server.messages import Request
from utabox.server.nearest import nearest
from utabox.server.refusals import instant
from utabox.venues import Venue


class NewFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule: which requests it is about, which of those it meets, and what becomes of them."""

    note: str = ""
    apiKey: str = ""  # that the request names; its signature is not looked at
    uid: int = 0  # of that key
    method: str = ""
    path: str = ""  # the whole one, or ending in *, how it begins
    nth: int = 1  # the first matching call that counts
    every: int = 1  # 3: of those the third, the sixth, ...
    times: int | None = None  # at most
    probability: Decimal = Decimal(1)
    seed: int = 0  # of what is left to chance: the same calls meet the same faults
    until: int | None = None  # ms, the venue's time
    forMs: int | None = None  # so long from now on, by the venue's time
    retCode: int | None = None  # instead of the answer, with HTTP 200
    retMsg: str | None = None  # left out: what belongs to the code
    status: int | None = None  # of HTTP, instead of the answer
    body: Literal["html", "text", "empty"] | None = None  # left out: what fits the status
    executed: bool | None = None  # whether the account sees a request that is answered otherwise
    delayMs: int = 0  # real time, however the venue's runs
    jitterMs: int = 0  # up to so much more
    close: Literal["before", "middle", "after"] | None = None  # the connection, of the answer
    reset: bool = False  # close with RST
    drop: list[str] = []  # fields of the answer, such as result.list[].coin
    blank: list[str] = []
    retype: list[str] = []
    limitHeaders: bool = True  # false: X-Bapi-Limit and its like are missing


class FaultView(msgspec.Struct, frozen=True):
    """A rule as the doors show it."""

    id: int
    summary: str
    note: str
    apiKey: str
    uid: int
    method: str
    path: str
    nth: int
    every: int
    times: int | None
    probability: Decimal
    seed: int
    until: int | None
    retCode: int | None
    retMsg: str | None
    status: int | None
    body: str | None
    executed: bool
    delayMs: int
    jitterMs: int
    close: str | None
    reset: bool
    drop: list[str]
    blank: list[str]
    retype: list[str]
    limitHeaders: bool
    createdAt: int  # ms
    matched: int  # requests that it was about, while it was not spent
    fired: int  # those of them that it met
    left: int | None  # how many it will meet at most; null: without end
    spent: bool  # it meets nothing more


class AddedFault(FaultView, frozen=True):
    """A rule that was just added."""

    warnings: list[str]  # what of it may be a mistake: a path, method or code that nothing here has


def add_fault(venue: Venue, wanted: NewFault) -> FaultView:
    """Order a fault; it is journaled with the venue.

    Raises:
        ValueError: a number that would mean "none" was given.
        Rejected: it does nothing, or contradicts itself; with a why.
    """
    for name, number in (
        ("times", wanted.times), ("until", wanted.until), ("forMs", wanted.forMs),
        ("status", wanted.status),
    ):  # fmt: skip
        if number == 0:
            raise ValueError(f"{name} is greater than 0: leave it out for none")
    if wanted.until is not None and 0 < wanted.until <= (now := venue.runtime.now()):
        raise ValueError(
            f"until must be later than the venue's time, {instant(now)}: {instant(wanted.until)} "
            "has passed"
        )
    replaced = wanted.retCode is not None or wanted.status or wanted.close == "before"
    executed = not replaced if wanted.executed is None else wanted.executed
    fields = (
        *(FaultField(path, "drop") for path in wanted.drop),
        *(FaultField(path, "blank") for path in wanted.blank),
        *(FaultField(path, "retype") for path in wanted.retype),
    )
    command = AddFault(
        scope=FaultScope(wanted.apiKey, wanted.uid, wanted.method, wanted.path),
        timing=FaultTiming(
            nth=wanted.nth,
            every=wanted.every,
            times=wanted.times or 0,
            probability=wanted.probability,
            seed=wanted.seed,
            until=wanted.until or 0,
        ),
        effect=FaultEffect(
            executed=executed,
            ret_code=wanted.retCode,
            ret_msg=wanted.retMsg,
            status=wanted.status or 0,
            body=wanted.body or "",
            delay_ms=wanted.delayMs,
            jitter_ms=wanted.jitterMs,
            close=wanted.close or "",
            reset=wanted.reset,
            fields=fields,
            limit_headers=wanted.limitHeaders,
        ),
        note=wanted.note,
        for_ms=wanted.forMs or 0,
    )
    venue.runtime.execute(command)
    state = venue.runtime.state
    return _view(state.faults[state.faults_made], venue.runtime.now())


@door("GET /-/faults")
def list_faults(venue: Venue, query: Query) -> list[FaultView]:
    """The venue's faults, in the order in which they are looked at, with their counts: all, unless
    `?limit=` says how many. `after` is an id."""
    now = venue.runtime.now()
    faults = [each for each in venue.runtime.state.faults.values() if each.number > query.after]
    return [_view(fault, now) for fault in faults[: query.limit if query.limited else None]]


@door("POST /-/faults")
def new_fault(venue: Venue, body: NewFault) -> AddedFault:
    """Order a fault: of those that are about a request, the first that meets it takes effect. The
    answer's `warnings` tell of a path, a method or a code that nothing here has."""
    added = msgspec.structs.asdict(add_fault(venue, body))
    return AddedFault(**added, warnings=list(_warnings(venue, body)))


@door("GET /-/faults/{id}")
def show_fault(venue: Venue, number: str) -> FaultView:
    """One fault, with its counts."""
    return _view(_fault(venue, number), venue.runtime.now())


@door("DELETE /-/faults/{id}")
def remove_fault(venue: Venue, number: str) -> dict[str, int]:
    """Remove a fault, with its counts."""
    fault = _fault(venue, number)
    venue.runtime.execute(RemoveFault(fault.number))
    return {"deleted": fault.number}


@door("DELETE /-/faults")
def remove_faults(venue: Venue) -> dict[str, list[int]]:
    """Remove all of them."""
    ids = list(venue.runtime.state.faults)
    venue.runtime.execute(RemoveFaults())
    return {"deleted": ids}


def _warnings(venue: Venue, wanted: NewFault) -> Iterator[str]:
    """What may be misspelt: a fault may be about what is not here, but rarely is meant to."""
    path, code = wanted.path, wanted.retCode
    if path:
        methods = {each.method for each in declared() if _is_about(path, each.path)}
        if not methods:
            what = "begins so" if path.endswith("*") else "has this path"
            yield f"no endpoint here {what} ({_meant(path)})"
        elif wanted.method and wanted.method not in methods:
            has = " or ".join(sorted(methods))
            yield f"no endpoint here takes {wanted.method} at this path (did you mean {has}?)"
    if code is not None and not _is_documented(code):
        text = wanted.retMsg
        if text is None:
            text = text_of(code, Request("GET", path), 0, venue.runtime.state.switches)
        yield f"retCode {code} is no documented code; its text is {text!r}"


def _is_about(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


def _meant(path: str) -> str:
    """What to do about a path or a beginning that no endpoint has."""
    if any(_is_about(path, absent) for _, _, absent, *_ in facts("documented")["endpoints"]):
        return "the exchange has it, utabox has not yet"
    known = (each.path for each in declared())
    if path.endswith("*"):
        known = (f"{whole.rpartition('/')[0]}/*" for whole in known)
    return nearest(path, known, "`utabox routes` lists what is here")


def _is_documented(code: int) -> bool:
    ours = (each.code for each in vars(retcodes).values() if isinstance(each, RetCode))
    return str(code) in facts("error_texts")["texts"] or code in ours


def _fault(venue: Venue, number: str) -> Fault:
    faults = venue.runtime.state.faults
    fault = faults.get(int(number)) if number.isascii() and number.isdigit() else None
    if fault is None:
        known = ", ".join(map(str, list(faults)[:20])) or "none"
        raise KeyError(f"there is no fault {number[:40]!r}: there are {known}")
    return fault


def _view(fault: Fault, now: int) -> FaultView:
    scope, timing, effect = fault.scope, fault.timing, fault.effect
    spent = fault.spent(now)
    left = timing.times - fault.fired if timing.times else None
    return FaultView(
        id=fault.number,
        summary=summary(fault),
        note=fault.note,
        apiKey=scope.api_key,
        uid=scope.uid,
        method=scope.method,
        path=scope.path,
        nth=timing.nth,
        every=timing.every,
        times=timing.times or None,
        probability=timing.probability,
        seed=timing.seed,
        until=timing.until or None,
        retCode=effect.ret_code,
        retMsg=effect.ret_msg,
        status=effect.status or None,
        body=effect.body or None,
        executed=effect.executed,
        delayMs=effect.delay_ms,
        jitterMs=effect.jitter_ms,
        close=effect.close or None,
        reset=effect.reset,
        drop=_paths(effect, "drop"),
        blank=_paths(effect, "blank"),
        retype=_paths(effect, "retype"),
        limitHeaders=effect.limit_headers,
        createdAt=fault.created_at,
        matched=fault.matched,
        fired=fault.fired,
        left=0 if spent else left,
        spent=spent,
    )


def _paths(effect: FaultEffect, act: str) -> list[str]:
    return [field.path for field in effect.fields if field.act == act]
