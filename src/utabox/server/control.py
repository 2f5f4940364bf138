"""The mechanism of our own doors, under `/-/`: which there are, and how one is entered.

Transport-free, like the gateway: a call is a method, a path, a query and a body; an answer is a
status and an object. `server/app.py` checks the token, the Host header and the address first;
`server/doors.py` declares what there is.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import pkgutil
import typing
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

import msgspec

import utabox.server
from utabox.engine.rules import Rejected
from utabox.journal import JournalError
from utabox.retcodes import KEY_INVALID
from utabox.server.bodies import body_of
from utabox.venues import Venue, Venues

log = logging.getLogger("utabox")

PAGE = 100
PAGE_MAX = 10_000


class Query(NamedTuple):
    """What a list is asked for."""

    after: int
    limit: int
    uid: int
    refused: bool
    request_id: str
    before: int  # 0: no bound
    limited: bool  # `limit` was asked for, and not left to us


class Answer(NamedTuple):
    """Status and body of a door's answer."""

    status: int
    payload: Any


class Door(NamedTuple):
    """One control call, as declared."""

    method: str
    parts: tuple[str, ...]
    function: Callable[..., Any]
    body: type[msgspec.Struct] | None
    of_server: bool
    """It takes the venues of the server, not one venue."""

    @property
    def path(self) -> str:
        return "/-/" + "/".join(self.parts)


DOORS: list[Door] = []

F = TypeVar("F", bound=Callable[..., Any])


def door(route: str) -> Callable[[F], F]:
    """Declare a control call: `(venue | venues, *path values, body | query)`, async or not."""
    method, path = route.split(" ")

    def register(function: F) -> F:
        takes = inspect.signature(function).parameters
        body = typing.get_type_hints(function)["body"] if "body" in takes else None
        parts = tuple(path.removeprefix("/-/").split("/"))
        DOORS.append(Door(method, parts, function, body, "venues" in takes))
        return function

    return register


def find_doors() -> list[Door]:
    """Every door: those of each module here whose name ends in `doors`."""
    for module in pkgutil.iter_modules(utabox.server.__path__):
        if module.name.endswith("doors"):
            importlib.import_module(f"utabox.server.{module.name}")
    return DOORS


async def call(
    venues: Venues, venue: Venue, method: str, path: str, query: bytes, body: bytes
) -> Answer:
    """Answer one control call, in one venue. What it changed may not be durable yet."""
    parts = tuple(path.removeprefix("/-/").split("/"))
    fitting = [door for door in DOORS if _fits(door.parts, parts)]
    if not fitting:
        doors = ", ".join(sorted({door.path for door in DOORS}))
        return Answer(404, _error(f"no door {path}: there are {doors}"))
    named = [door for door in fitting if door.method == method]
    if not named:
        methods = " or ".join(door.method for door in fitting)
        return Answer(405, _error(f"{path} takes {methods}, not {method}"))
    entered = named[0]
    if entered.of_server:
        return await _enter(venues, entered, parts, query, body)
    async with venue.changing:  # not while it is restored, nor when it is gone
        if venue.dropped:
            return Answer(404, _error(f"the venue {venue.name} was dropped: GET /-/venues"))
        venue.runtime.advance()
        return await _enter(venue, entered, parts, query, body)


async def _enter(
    of: Venue | Venues, entered: Door, parts: tuple[str, ...], query: bytes, body: bytes
) -> Answer:
    values: list[Any] = [
        part for part, name in zip(parts, entered.parts, strict=True) if name.startswith("{")
    ]
    try:
        if entered.body is not None:
            values.append(body_of(body, entered.body, entered.path))
        elif "query" in inspect.signature(entered.function).parameters:
            values.append(_query(query))
        answer = entered.function(of, *values)
        return Answer(200, await answer if inspect.isawaitable(answer) else answer)
    except (ValueError, msgspec.MsgspecError) as error:
        return Answer(400, _error(str(error)))
    except KeyError as error:
        return Answer(404, _error(str(error.args[0])))
    except (JournalError, OSError) as error:
        log.exception("%s failed", entered.path)
        return Answer(500, _error(f"{str(error).rstrip('.')}. So nothing was changed."))
    except Rejected as rejected:
        return Answer(404 if rejected.ret is KEY_INVALID else 400, _rejection(rejected))


def _query(query: bytes) -> Query:
    try:
        given = dict(parse_qsl(query.decode("ascii"), max_num_fields=20))
        limit = int(given.get("limit", PAGE))
        after, uid = int(given.get("after", 0)), int(given.get("uid", 0))
        before = int(given.get("before", 0))
    except ValueError as error:
        raise ValueError(f"limit, after, before and uid are numbers: {error}") from error
    refused = given.get("refused", "") in ("1", "true")
    request_id = given.get("request_id", "")
    most = max(1, min(limit, PAGE_MAX))
    return Query(after, most, uid, refused, request_id, before, "limit" in given)


def _fits(pattern: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    return len(pattern) == len(parts) and all(
        name.startswith("{") or name == part for name, part in zip(pattern, parts, strict=True)
    )


def _error(message: str) -> dict[str, Any]:
    return {"error": message, "why": None}


def _rejection(rejected: Rejected) -> dict[str, Any]:
    why = rejected.why
    return {"error": f"{why.rule} Seen: {why.seen}. {why.hint}", "why": why}
