"""What an ordered fault does to a request and its answer; `engine/fault.py` says whether it does.

Transport-free, like the gateway: how long an answer is held back and where its connection ends is
said in a `Held`, and the protocol does it.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol

import msgspec

from utabox import retcodes
from utabox.endpoint import SECOND, Limit
from utabox.engine.fault import Call, CountFault, FaultCounted, about, delay_ms
from utabox.engine.rules import Rejected
from utabox.engine.state import Fault, FaultEffect, FaultField, Switches
from utabox.facts import facts
from utabox.retcodes import TOO_MANY_VISITS, RetCode
from utabox.runtime import Runtime
from utabox.server import envelope
from utabox.server.limits import Usage
from utabox.server.messages import Cut, Reply, Request
from utabox.server.request_log import LazyWhy
from utabox.why import Why

Later = Callable[[float, Callable[[], None]], object]
"""Runs a callback after so many seconds, never at once."""

LIMIT_HEADER = b"X-Bapi-Limit"
CALLS = 10
"""What the limit headers of 10006 say at a path that has no allowance of its own here."""

HTML, TEXT = b"text/html", b"text/plain; charset=utf-8"


class Held(NamedTuple):
    """How an answer leaves."""

    delay_ms: int  # from the request on
    cut: Cut | None
    reset: bool


class Answered(Protocol):
    """An answer, with what the log is told of it."""

    reply: Reply
    code: int | None
    ret_msg: str
    why: LazyWhy | None


class Faulted(NamedTuple):
    """What becomes of a request; `held` is None for an answer that leaves as any other."""

    reply: Reply  # with status 0: nothing is sent
    code: int | None
    ret_msg: str
    why: LazyWhy
    held: Held | None


def later(delay_s: float, callback: Callable[[], None]) -> object:
    """By the loop on whose thread requests are handled."""
    return asyncio.get_running_loop().call_later(delay_s, callback)


def met(runtime: Runtime, request: Request) -> Fault | None:
    """Count a request at the rules that are about it; the one that it meets.

    On a disk without room nothing can be counted, and nothing is met.
    """
    state = runtime.state
    api_key = request.headers.get(b"x-bapi-api-key", b"").decode("latin-1")
    uid = state.keys[api_key].uid if api_key in state.keys else 0
    numbers = about(state, Call(api_key, uid, request.method, request.path), runtime.now())
    if not numbers:
        return None
    try:
        counted = runtime.execute(CountFault(numbers))
    except Rejected:
        return None
    match counted[-1:]:
        case [FaultCounted(number=number, fires=True)]:
            return state.faults[number]
    return None


def faulted(
    fault: Fault,
    request: Request,
    now: int,
    own: Answered | None,
    limit: Limit | None,
    switches: Switches,
) -> Faulted:
    """What becomes of a request that met `fault`.

    Args:
        own: The account's answer; None: it was not asked.
        limit: The endpoint's allowance, for the headers of 10006.
    """
    effect, notes = fault.effect, list[str]()
    reply, code, ret_msg = _answer(effect, request, now, own, limit, switches)
    if effect.fields:
        reply, notes = _with_fields(reply, effect.fields)
    if not effect.limit_headers:
        reply = Reply(reply.status, _without_limits(reply.head), reply.body)
    held = None
    delay = delay_ms(fault)
    if delay or effect.close:
        held = Held(delay, effect.close or None, effect.reset)
    why = functools.partial(_explained, fault, own, own.why if own else None, delay, notes)
    return Faulted(reply, code, ret_msg, why, held)


def _answer(
    effect: FaultEffect,
    request: Request,
    now: int,
    own: Answered | None,
    limit: Limit | None,
    switches: Switches,
) -> tuple[Reply, int | None, str]:
    if effect.close == "before":
        nothing = Reply(0, b"", b"")
        return (nothing, own.code, own.ret_msg) if own else (nothing, None, "")
    if effect.ret_code is not None:
        code, ret_msg = effect.ret_code, effect.ret_msg
        if ret_msg is None:
            ret_msg = text_of(code, request, now, switches)
        reply = _refusal(RetCode(code, ret_msg, "a fault"), now, limit)
        if own is not None and code != TOO_MANY_VISITS.code:
            reply.head += b"".join(line for line in _lines(own.reply.head) if _limits(line))
        return reply, code, ret_msg
    if effect.status:
        return _of_the_edge(effect, now), None, ""
    assert own is not None, "a fault without an answer of its own needs the account's"
    return own.reply, own.code, own.ret_msg


def _refusal(ret: RetCode, now: int, limit: Limit | None) -> Reply:
    body = envelope.failure(ret, ret.message, {}, "all", now)
    usage = None
    if ret.code == TOO_MANY_VISITS.code:
        calls, window_ms = limit or (CALLS, SECOND)
        usage = Usage(False, calls, 0, now + window_ms)
    return envelope.reply(200, body, ret.code, now, usage)


# --- answers of the edge ----------------------------------------------------------------------

BLOCKED = (
    b'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN" '
    b'"http://www.w3.org/TR/html4/loose.dtd">\n'
    b'<HTML><HEAD><META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=iso-8859-1">\n'
    b"<TITLE>ERROR: The request could not be satisfied</TITLE>\n"
    b"</HEAD><BODY>\n<H1>403 ERROR</H1>\n<H2>The request could not be satisfied.</H2>\n"
    b'<HR noshade size="1px">\nRequest blocked.\n'
    b'<BR clear="all">\n<HR noshade size="1px">\n<PRE>\nGenerated by cloudfront (CloudFront)\n'
    b"</PRE>\n<ADDRESS>\n</ADDRESS>\n</BODY></HTML>\n"
)
_PAGE = (
    b"<html>\r\n<head><title>%(is)b</title></head>\r\n<body>\r\n<center><h1>%(is)b</h1></center>"
    b"\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n"
)
TOO_FREQUENT = b"403, access too frequent"


def _of_the_edge(effect: FaultEffect, now: int) -> Reply:
    """What stands before the exchange's servers says: a page, a line, or nothing."""
    status = effect.status
    phrase = f"{status} {HTTPStatus(status).phrase}".encode()
    body = effect.body or ("empty" if status == 200 else "html")
    if body == "empty":
        return envelope.edge(status, b"", TEXT, now)
    if body == "text":
        return envelope.edge(status, TOO_FREQUENT if status == 403 else phrase, TEXT, now)
    if status == 403:
        head = (
            b"Content-Type: text/html\r\nServer: CloudFront\r\nX-Cache: Error from cloudfront\r\n"
        )
        return Reply(status, head, BLOCKED)
    return envelope.edge(status, _PAGE % {b"is": phrase}, HTML, now)


# --- texts ------------------------------------------------------------------------------------

_WITH_VALUES = {
    (10002, "2026"): retcodes.TIMESTAMP_OUTSIDE,
    (10002, "2023"): retcodes.TIMESTAMP_OUTSIDE_2023,
    (10004, "2026"): retcodes.SIGN_ERROR,
    (10004, "2023"): retcodes.SIGN_ERROR_2023,
}


def text_of(code: int, request: Request, now: int, switches: Switches) -> str:
    """The exchange's text for a code that is not followed by a reason: of its own or documented."""
    if code == 0:
        return retcodes.OK.message
    told = _WITH_VALUES.get((code, switches.text_epoch))
    if told is None:
        return _plain_texts().get(code) or _documented_texts().get(code, "ordered by a fault")
    sent = request.headers
    timestamp, key, window = (
        sent.get(name, b"").decode("latin-1")
        for name in (b"x-bapi-timestamp", b"x-bapi-api-key", b"x-bapi-recv-window")
    )
    payload = (request.query if request.method == "GET" else request.body).decode(errors="replace")
    return told.message.format(
        timestamp=timestamp,
        now=now,
        recv_window=window or "5000",
        payload=payload,
        text=f"{timestamp}{key}{window}{payload}",
    )


@functools.cache
def _plain_texts() -> dict[int, str]:
    """Of codes that have one text only, and the same for everybody."""
    texts: dict[int, set[str]] = {}
    for ret in vars(retcodes).values():
        if isinstance(ret, RetCode):
            texts.setdefault(ret.code, set()).add(ret.message)
    return {code: text for code, (text, *others) in texts.items() if not others and "{" not in text}


@functools.cache
def _documented_texts() -> dict[int, str]:
    return {int(code): text for code, text in facts("error_texts")["texts"].items()}


# --- changing an answer -----------------------------------------------------------------------


def _lines(head: bytes) -> list[bytes]:
    return head.splitlines(keepends=True)


def _limits(line: bytes) -> bool:
    return line.startswith(LIMIT_HEADER)


def _without_limits(head: bytes) -> bytes:
    return b"".join(line for line in _lines(head) if not _limits(line))


def _with_fields(reply: Reply, fields: tuple[FaultField, ...]) -> tuple[Reply, list[str]]:
    """The reply with its fields changed, and a sentence for each that is not there."""
    try:
        answer = json.loads(reply.body, parse_float=lambda text: msgspec.Raw(text.encode()))
    except ValueError:
        return reply, ["the answer was not JSON, so no field of it was changed"]
    notes = []
    for field in fields:
        places = list(_places(answer, _steps(field.path)))
        if not places:
            notes.append(f"the answer had no {field.path}, so that was not changed")
        for holder, at in reversed(places):
            if field.act == "drop":
                del holder[at]
            else:
                holder[at] = _ACTS[field.act](holder[at])
    return Reply(reply.status, reply.head, envelope.encoded(answer)), notes


def _steps(path: str) -> list[str | int | None]:
    """Names and indices; None: every index."""
    steps: list[str | int | None] = []
    for part in path.split("."):
        name, *indices = part.replace("]", "").split("[")
        steps += [name, *(int(index) if index else None for index in indices)]
    return steps


def _places(value: Any, steps: list[str | int | None]) -> Iterator[tuple[Any, Any]]:
    """Where the path leads to: what holds it, and under which name or index."""
    step, *rest = steps
    if isinstance(step, str):
        found: list[Any] = [step] if isinstance(value, dict) and step in value else []
    elif not isinstance(value, list):
        found = []
    else:
        found = [at for at in range(len(value)) if step in (None, at)]
    for at in found:
        if rest:
            yield from _places(value[at], rest)
        else:
            yield value, at


def _blanked(value: Any) -> Any:
    """Empty, of the same type; a number or a boolean can only be null."""
    return type(value)() if isinstance(value, str | list | dict) else None


def _retyped(value: Any) -> Any:
    """The same in another type: numbers and text change places, as do lists and objects."""
    if isinstance(value, str):
        return msgspec.Raw(value.encode()) if _is_number(value) else 0
    if isinstance(value, list):
        return {str(at): member for at, member in enumerate(value)}
    if isinstance(value, dict):
        return list(value.values())
    return "" if value is None else envelope.encoded(value).decode()


def _is_number(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return text[-1:].isdigit()


_ACTS: dict[str, Callable[[Any], Any]] = {"blank": _blanked, "retype": _retyped}


# --- explaining -------------------------------------------------------------------------------


def _explained(
    fault: Fault, own: Answered | None, own_why: LazyWhy | None, delay: int, notes: list[str]
) -> Why:
    """Why an answer was as it was: for the log, and the header."""
    executed = "executed" if own is not None else "not executed: the account never saw it"
    seen = [f"the request was {executed}", *_does(fault.effect), *notes]
    details = {
        "fault": str(fault.number),
        "matched": str(fault.matched),
        "fired": str(fault.fired),
        "executed": "no" if own is None else "yes",
    }
    if delay:
        details["delay_ms"] = str(delay)
    expected = "without it, the account is asked"
    if own is not None:
        code = f"HTTP {own.reply.status}" if own.code is None else f"retCode {own.code}"
        expected = f"without it, the account's own answer: {code} {own.ret_msg}".rstrip()
        details["own_ret_code"] = str(own.code)
        details["own_ret_msg"] = own.ret_msg
    if own_why is not None:
        told = getattr(own_why, "briefly", own_why)()
        details["own_why"] = f"{told.rule} {told.hint}"
    return Why(
        rule=f"Fault {fault.number} of this venue: {summary(fault)}.",
        expected=expected,
        seen="; ".join(seen),
        hint=f"`utabox fault remove {fault.number}` removes it; `utabox fault list` shows all.",
        details=details,
    )


def summary(fault: Fault) -> str:
    """The rule in a sentence without its full stop."""
    scope, timing = fault.scope, fault.timing
    what = " ".join(filter(None, (scope.method, scope.path or "any path")))
    if scope.uid:
        what += f" of UID {scope.uid}"
    if scope.api_key:
        what += f" with key {scope.api_key}"
    when = [
        f"from call {timing.nth} on" if timing.nth > 1 else "",
        f"1 of every {timing.every}" if timing.every > 1 else "",
        f"with probability {timing.probability}" if timing.probability < 1 else "",
        f"at most {timing.times} x" if timing.times else "",
        f"until {timing.until}" if timing.until else "",
    ]
    does = list(_does(fault.effect))
    if not fault.effect.executed:
        does.insert(0, "not executed")
    elif fault.effect.close == "before" or fault.effect.status or fault.effect.ret_code is not None:
        does.insert(0, "executed")
    return f"{', '.join(filter(None, [what, *when]))}: {', '.join(does)}"


def _does(effect: FaultEffect) -> Iterator[str]:
    """What becomes of the answer."""
    if effect.ret_code is not None:
        yield f"retCode {effect.ret_code} instead of its answer"
    if effect.status:
        yield f"HTTP {effect.status} instead of its answer"
    for field in effect.fields:
        yield f"{field.path} {_DONE[field.act]}"
    if not effect.limit_headers:
        yield "rate limit headers left out"
    if effect.delay_ms or effect.jitter_ms:
        more = f" to {effect.delay_ms + effect.jitter_ms}" if effect.jitter_ms else ""
        yield f"held back {effect.delay_ms}{more} ms"
    if effect.close:
        where = "in the middle of" if effect.close == "middle" else effect.close
        yield f"connection {'reset' if effect.reset else 'closed'} {where} the answer"


_DONE = {"drop": "dropped", "blank": "blanked", "retype": "retyped"}
