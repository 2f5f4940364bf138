"""The payloads that clients sign in place of the one they send.

A row of the table is one mistake: its name, what it is, how to mend it, the payloads it leads to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from utabox.server.evidence import Evidence
from utabox.server.messages import Request
from utabox.server.mistakes import Mistake
from utabox.server.query import decodings, encodings, join_query, split_query

PAYLOAD_TRIED_MAX = 65_536  # bytes; above, only the shortest list of mistakes is tried

MakePayload = Callable[[Request], Iterable[bytes]]
Payloads = tuple[tuple[Mistake, MakePayload], ...]


def rewritten(evidence: Evidence) -> Iterator[tuple[Mistake, bytes]]:
    """Every other payload that a mistake leads to, once."""
    short = len(evidence.payload) > PAYLOAD_TRIED_MAX
    known = {evidence.payload}
    for mistake, make in _PAYLOADS_SHORT if short else _PAYLOADS:
        for payload in made(make, evidence.request):
            if payload not in known:
                known.add(payload)
                yield mistake, payload


def made(make: MakePayload, request: Request) -> Iterator[bytes]:
    """What `make` makes of a request, as far as it gets."""
    try:
        yield from make(request)
    except (ValueError, RecursionError):  # not JSON, or not the JSON that anyone re-serialises
        return


# --- a query string, as clients rewrite it -----------------------------------------------------


def _query_decoded(request: Request) -> Iterable[bytes]:
    return decodings(request.query)


def _query_encoded(request: Request) -> Iterator[bytes]:
    pairs = split_query(request.query)
    yield from encodings([(name, unquote_to_bytes(value)) for name, value in pairs])
    yield from encodings(pairs)
    yield from (quote_from_bytes(request.query, safe).encode() for safe in ("", "=", "&="))


def _query_sorted(request: Request) -> Iterator[bytes]:
    yield join_query(sorted(split_query(request.query)))


def _query_sorted_decoded(request: Request) -> Iterator[bytes]:
    pairs = sorted(split_query(request.query))
    yield from decodings(join_query(pairs))


def _query_sorted_encoded(request: Request) -> Iterator[bytes]:
    pairs = sorted(split_query(request.query))
    yield from encodings([(name, unquote_to_bytes(value)) for name, value in pairs])


def _question_mark(request: Request) -> Iterator[bytes]:
    yield b"?" + request.query
    yield request.query + b"&"
    yield b"&" + request.query


def _path_included(request: Request) -> Iterator[bytes]:
    path, method = route(request)
    host = request.headers.get(b"host", b"")
    queries = (b"?" + request.query, request.query, b"") if request.query else (b"",)
    bases = (path, method + path, method + b" " + path)
    for base in (*bases, b"http://" + host + path, b"https://" + host + path):
        yield from (base + query + request.body for query in queries)


def route(request: Request) -> tuple[bytes, bytes]:
    """Path and method, as bytes of a text."""
    return request.path.encode("utf-8", "replace"), request.method.encode("utf-8", "replace")


def _query_as_json(request: Request) -> Iterator[bytes]:
    values = {
        unquote_to_bytes(name).decode(): unquote_to_bytes(value).decode()
        for name, value in split_query(request.query)
    }
    numbers = {name: int(value) if value.isdecimal() else value for name, value in values.items()}
    for value in (values, numbers):
        yield from _dumped(value)
        yield from _dumped(value, sort_keys=True)


# --- a JSON body, as clients write it a second time --------------------------------------------


def _loaded(request: Request) -> Any:
    return json.loads(request.body)


def _dumped(value: Any, **options: Any) -> Iterator[bytes]:
    """Compact and spaced, ASCII and UTF-8, numbers as in Python and in JavaScript."""
    for number in (value, _as_javascript(value)):
        for separators in ((",", ":"), (", ", ": ")):
            for ascii_only in (True, False):
                yield json.dumps(
                    number, separators=separators, ensure_ascii=ascii_only, **options
                ).encode()


def _as_javascript(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_javascript(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_javascript(member) for member in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e21
    return int(value) if whole else value


def _json_compact(request: Request) -> Iterator[bytes]:
    yield from (text for text in _dumped(_loaded(request)) if b'": ' not in text)


def _json_spaced(request: Request) -> Iterator[bytes]:
    yield from _dumped(_loaded(request))


def _json_sorted(request: Request) -> Iterator[bytes]:
    yield from _dumped(_loaded(request), sort_keys=True)


def _json_indented(request: Request) -> Iterator[bytes]:
    value = _loaded(request)
    indents: tuple[int | str, ...] = (2, 4, "\t")
    for indent in indents:
        for sort_keys in (False, True):
            text = json.dumps(value, indent=indent, sort_keys=sort_keys, ensure_ascii=False)
            yield from (text.encode(), text.encode() + b"\n")


def _json_escaped(request: Request) -> Iterator[bytes]:
    """PHP escapes slashes; Go escapes &, < and > and sorts the members of maps."""
    value = _loaded(request)
    for text in (*_dumped(value), *_dumped(value, sort_keys=True)):
        yield text.replace(b"/", b"\\/")
        for character in b"&<>":
            text = text.replace(bytes((character,)), b"\\u%04x" % character)
        yield text


def _python_repr(request: Request) -> Iterator[bytes]:
    yield str(_loaded(request)).encode()


def body_as_query(request: Request) -> Iterator[bytes]:
    """The members of a JSON body, joined as a query string.

    Raises:
        ValueError: the body is no JSON, or has too many members.
        RecursionError: the body is nested too deep.
    """
    body = _loaded(request)
    if not isinstance(body, dict):
        return
    for write in (_as_json_text, str):
        pairs = [(name.encode(), write(value).encode()) for name, value in body.items()]
        for order in (pairs, sorted(pairs)):
            yield join_query(order)
            yield from encodings(order)


def _as_json_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


# --- either ------------------------------------------------------------------------------------


def _line_end(request: Request) -> Iterator[bytes]:
    payload = request.query if request.method == "GET" else request.body
    yield from (payload + b"\n", payload + b"\r\n", payload.strip())


def _empty(request: Request) -> Iterator[bytes]:  # noqa: ARG001  one shape for the whole table
    yield b""


def _braces(request: Request) -> Iterator[bytes]:  # noqa: ARG001
    yield from (b"{}", b"[]", b"null", b'""', b"undefined", b"None")


def _other_part(request: Request) -> Iterator[bytes]:
    yield request.body if request.method == "GET" else request.query
    yield request.query + request.body
    yield request.body + request.query


# --- the table ---------------------------------------------------------------------------------

_SEND_SIGNED = "Build the query string once, sign it, and send that very string."
_SEND_BODY = "Serialise the body once, sign those bytes, and send those very bytes."

_PAYLOADS_SHORT: Payloads = (
    (
        Mistake(
            "payload-empty",
            "An empty payload was signed, although the request has one.",
            "Append the raw query string of a GET, or the raw body of a POST, to the text.",
        ),
        _empty,
    ),
    (
        Mistake(
            "line-end",
            "The payload that was signed has a line end or a space more or less than the one sent.",
            "Sign exactly what is sent: `echo` adds a line end and `echo -n` none; curl's `--data` "
            "drops line ends and `--data-binary` none.",
        ),
        _line_end,
    ),
)
_PAYLOADS: Payloads = (
    *_PAYLOADS_SHORT,
    (
        Mistake(
            "braces-for-empty",
            "`{}` or another word for nothing was signed instead of the payload sent.",
            "Sign the body that is sent: `{}` and an empty body differ.",
        ),
        _braces,
    ),
    (
        Mistake(
            "other-part",
            "The query was signed for a POST, or the body for a GET, or both together.",
            "A GET signs its query string and sends no body; a POST signs its body only.",
        ),
        _other_part,
    ),
    (
        Mistake(
            "query-decoded",
            "The query was signed percent-decoded, but sent encoded.",
            "Sign the query as it stands on the request line; an HTTP library (as in pybit) "
            "encodes spaces, commas and other characters after you have signed. " + _SEND_SIGNED,
        ),
        _query_decoded,
    ),
    (
        Mistake("query-sorted", "The parameters were sorted before signing.", _SEND_SIGNED),
        _query_sorted,
    ),
    (
        Mistake(
            "query-encoded",
            "The query was signed percent-encoded in another way than it was sent.",
            "Some libraries decode or encode again when they build the URL. " + _SEND_SIGNED,
        ),
        _query_encoded,
    ),
    (
        Mistake(
            "query-sorted-decoded",
            "The parameters were sorted and joined unencoded before signing, but sent otherwise.",
            "pybit signs like this and sends the same order; yours was changed. " + _SEND_SIGNED,
        ),
        _query_sorted_decoded,
    ),
    (
        Mistake(
            "query-sorted-encoded",
            "The parameters were sorted and encoded before signing, but sent otherwise.",
            _SEND_SIGNED,
        ),
        _query_sorted_encoded,
    ),
    (
        Mistake(
            "query-marks",
            "A `?` or a stray `&` was signed with the query.",
            "The payload begins after the `?` and has no `&` at either end.",
        ),
        _question_mark,
    ),
    (
        Mistake(
            "path-included",
            "Method, path or URL were signed with the payload.",
            "Bybit signs neither method nor path: only the query string or the body.",
        ),
        _path_included,
    ),
    (
        Mistake("json-compact", "The body was signed without spaces.", _SEND_BODY),
        _json_compact,
    ),
    (
        Mistake(
            "json-spaced",
            "The body was signed with spaces, as Python's json.dumps writes it.",
            _SEND_BODY,
        ),
        _json_spaced,
    ),
    (
        Mistake("json-sorted", "The body was signed with its members sorted.", _SEND_BODY),
        _json_sorted,
    ),
    (
        Mistake("json-indented", "The body was signed with line breaks and indents.", _SEND_BODY),
        _json_indented,
    ),
    (
        Mistake(
            "json-escaped",
            "The body was signed with other escapes (`\\/` as in PHP, `\\u0026` as in Go).",
            _SEND_BODY,
        ),
        _json_escaped,
    ),
    (
        Mistake(
            "python-repr",
            "Python's str() of the parameters was signed, not their JSON.",
            "Use json.dumps. " + _SEND_BODY,
        ),
        _python_repr,
    ),
    (
        Mistake(
            "body-as-query",
            "The body was signed in the form of a query string.",
            "A POST signs its raw JSON body. " + _SEND_BODY,
        ),
        body_as_query,
    ),
    (
        Mistake(
            "query-as-json",
            "The parameters were signed as JSON, but sent as a query string.",
            "A GET signs its raw query string. " + _SEND_SIGNED,
        ),
        _query_as_json,
    ),
)
