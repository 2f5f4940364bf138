"""The frame around every answer: one JSON object, its header lines, nothing of the transport.

Key order, escapes and members as captured: account-semantics 0.2 and 0.3.
"""

import itertools
import json
import os

import msgspec

from utabox.endpoint import Members
from utabox.retcodes import RetCode
from utabox.server.limits import Usage
from utabox.server.messages import JSON_TYPE, Reply
from utabox.why import Why

WHY_HEADER = b"X-Utabox-Why"
WHY_HEADER_BYTES_MAX = 4_096  # of its value; ours: clients and proxies take 8 KiB of headers

_encode = msgspec.json.Encoder(decimal_format="string").encode
_traces = itertools.count(1)
_trace_prefix = os.urandom(8).hex().encode()
_HEAD = (
    b"Content-Type: %b\r\nServer: Openresty\r\nTraceid: %b" % (JSON_TYPE, _trace_prefix)
    + b"%016x\r\nTimenow: %d\r\nRet_code: %d\r\n"
)
_LIMITED_HEAD = (
    _HEAD + b"X-Bapi-Limit: %d\r\nX-Bapi-Limit-Status: %d\r\nX-Bapi-Limit-Reset-Timestamp: %d\r\n"
)


def opening(ret_msg: str, members: Members) -> bytes:
    """How every success of one endpoint begins, up to its result."""
    head = b'{"retCode":0,"retMsg":%b' % encoded(ret_msg)
    return head + (b"}" if members == "none" else b',"result":')


def success(
    opening: bytes, result: bytes, members: Members, now: int, ext_info: bytes = b"{}"
) -> bytes:
    """The body of an answer with retCode 0, whose `result` is encoded already.

    Args:
        ext_info: What `retExtInfo` is, encoded.
    """
    if members == "all":
        return b'%b%b,"retExtInfo":%b,"time":%d}' % (opening, result, ext_info, now)
    if members == "result":
        return b"%b%b}" % (opening, result)
    return opening


def failure(ret: RetCode, ret_msg: str, result: object, members: Members, now: int) -> bytes:
    """The body of a refusal. Only one with a result of its own has fewer members than all."""
    if members == "result":
        return b'{"retCode":%d,"retMsg":%b,"result":%b}' % (
            ret.code,
            encoded(ret_msg),
            encoded(result),
        )
    return b'{"retCode":%d,"retMsg":%b,"result":%b,"retExtInfo":{},"time":%d}' % (
        ret.code,
        encoded(ret_msg),
        encoded(result),
        now,
    )


def reply(status: int, body: bytes, code: int, now: int, usage: Usage | None = None) -> Reply:
    """A reply with the exchange's header lines."""
    if usage is None:
        return Reply(status, _HEAD % (next(_traces), now, code), body)
    head = _LIMITED_HEAD % (
        next(_traces),
        now,
        code,
        usage.limit,
        usage.remaining,
        usage.reset_ms,
    )
    return Reply(status, head, body)


def edge(status: int, body: bytes, content_type: bytes, now: int) -> Reply:
    """A reply of the exchange's edge: no retCode, not necessarily JSON."""
    head = b"Content-Type: %b\r\nServer: Openresty\r\nTraceid: %b%016x\r\nTimenow: %d\r\n" % (
        content_type,
        _trace_prefix,
        next(_traces),
        now,
    )
    return Reply(status, head, body)


def with_why(answer: Reply, why: Why) -> Reply:
    """The same reply with the explanation in a header, as ASCII JSON of 4 KiB at most.

    Args:
        why: As it may be seen: see `request_log.public_why`.
    """
    parts: dict[str, str | dict[str, str]] = {
        "rule": why.rule, "expected": why.expected, "seen": why.seen, "hint": why.hint,
    }  # fmt: skip
    limit = WHY_HEADER_BYTES_MAX
    text = _ascii({**parts, "details": why.details}, limit)
    while len(text) > WHY_HEADER_BYTES_MAX:
        limit //= 2
        details = why.details if limit >= _DETAILS_CUT_MIN else {}
        text = _ascii({**parts, "details": details}, limit)
    return Reply(answer.status, b"%b%b: %b\r\n" % (answer.head, WHY_HEADER, text), answer.body)


_DETAILS_CUT_MIN = 32  # characters; cut to fewer they say nothing, and only sentences are kept


def _ascii(value: dict[str, str | dict[str, str]], limit: int) -> bytes:
    """JSON that a header line may hold, each of its texts cut to `limit` characters."""
    cut = {
        name: _cut(text, limit)
        if isinstance(text, str)
        else {each: _cut(inner, limit) for each, inner in text.items()}
        for name, text in value.items()
        if text or name != "details"
    }
    # DEL is the one control character that JSON leaves as it is.
    return json.dumps(cut, separators=(",", ":")).replace("\x7f", "\\u007f").encode()


def _cut(text: str, limit: int) -> str:
    whole = text.encode("utf-8", "replace").decode()  # without halves of surrogate pairs
    return whole if len(whole) <= limit else f"{whole[:limit]}..."


def encoded(value: object) -> bytes:
    """JSON, with the three characters that the exchange's serializer escapes."""
    text: bytes = _encode(value)
    if b"&" in text or b"<" in text or b">" in text:
        text = text.replace(b"&", b"\\u0026").replace(b"<", b"\\u003c").replace(b">", b"\\u003e")
    return text
