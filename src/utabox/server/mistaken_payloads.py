"""The payloads that clients sign in place of the one they send.

A row of the table is one mistake: its name, what it is, how to mend it, the payloads it leads to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import permutations
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from utabox.server.evidence import Budget, Evidence
from utabox.server.messages import Request
from utabox.server.mistakes import Mistake
from utabox.server.query import decodings, encodings, join_query, split_query

PAYLOAD_TRIED_MAX = 16_384  # bytes; above, only the shortest list of mistakes is tried
PERMUTED_MAX = 5  # parameters whose every order is tried: 120
PAYLOAD_COPIED_MAX = 65_536  # bytes; above, no text is tried that holds the payload

MakePayload = Callable[[Request], Iterable[bytes]]
Payloads = tuple[tuple[Mistake, MakePayload], ...]


def rewritten(evidence: Evidence, budget: Budget) -> Iterator[tuple[Mistake, bytes]]:
    """Every other payload that a mistake leads to, once, the likely ones first."""
    request, known = evidence.request, {evidence.payload}
    for mistake, make in _rows(request, len(evidence.payload)):
        if not budget.spend(len(request.query) + len(request.body)):
            return
        for payload in made(make, request):
            if not budget.spend(len(payload)):
                return
            if payload not in known:
                known.add(payload)
                yield mistake, payload


def _rows(request: Request, size: int) -> Payloads:
    if size > PAYLOAD_COPIED_MAX:
        return _WITHOUT_PAYLOAD
    if size > PAYLOAD_TRIED_MAX:
        return _WITHOUT_PAYLOAD + _LINE_ENDS
    body = _OF_A_BODY if request.body else ()
    query = _OF_A_QUERY if request.query else ()
    return (*_WITHOUT_PAYLOAD, *_LINE_ENDS, *body, *query, *_OF_ANY)


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


def _query_reordered(request: Request) -> Iterator[bytes]:
    pairs = split_query(request.query)
    if len(pairs) <= PERMUTED_MAX:
        yield from (join_query(list(order)) for order in permutations(pairs))
    else:
        yield join_query(pairs[::-1])
        yield from (join_query(pairs[at:] + pairs[:at]) for at in range(1, len(pairs)))


def _query_incomplete(request: Request) -> Iterator[bytes]:
    pairs = split_query(request.query)
    yield from (join_query(pairs[:at] + pairs[at + 1 :]) for at in range(len(pairs)))


def _with_path(lead: str, request: Request) -> Iterator[bytes]:
    """`lead` is what stands before the path: nothing, the method, or scheme and host."""
    path, method = route(request)
    host = request.headers.get(b"host", b"")
    begin = lead.encode().replace(b"METHOD", method).replace(b"HOST", host) + path
    queries = (b"?" + request.query, request.query, b"") if request.query else (b"",)
    yield from (begin + query + request.body for query in queries)


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
    return _parsed(request.body)


@lru_cache(maxsize=1)  # nearly every row of the table reads the same body
def _parsed(body: bytes) -> Any:
    return json.loads(body)


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


def _json_escaped(escapes: dict[bytes, bytes], request: Request) -> Iterator[bytes]:
    value = _loaded(request)
    for sort_keys in (False, True):
        for text in _dumped(value, sort_keys=sort_keys):
            for character, escape in escapes.items():
                text = text.replace(character, escape)
            yield text


def _python_repr(request: Request) -> Iterator[bytes]:
    value = _loaded(request)
    if not isinstance(value, str):
        yield str(value).encode()


def _sent_serialised_twice(request: Request) -> Iterator[bytes]:
    value = _loaded(request)
    if isinstance(value, str):
        yield value.encode()


def _signed_serialised_twice(request: Request) -> Iterator[bytes]:
    text = request.body.decode()
    if isinstance(_loaded(request), dict | list):
        yield json.dumps(text).encode()
        yield json.dumps(text, ensure_ascii=False).encode()


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


def _payload(request: Request) -> bytes:
    return request.query if request.method == "GET" else request.body


def _nothing(request: Request) -> Iterator[bytes]:  # noqa: ARG001  one shape for the whole table
    yield b""


def _stripped(request: Request) -> Iterator[bytes]:
    yield _payload(request).strip()


def _between(begin: bytes, end: bytes, request: Request) -> Iterator[bytes]:
    yield begin + _payload(request) + end


def _word(word: bytes, request: Request) -> Iterator[bytes]:  # noqa: ARG001
    yield word


def _query_of_a_post(request: Request) -> Iterator[bytes]:
    if request.method != "GET":
        yield request.query


def _query_and_body(request: Request) -> Iterator[bytes]:
    if request.method != "GET":
        yield request.query + request.body
        yield request.body + request.query


# --- the table ---------------------------------------------------------------------------------

_SEND_SIGNED = "Build the query string once, sign it, and send that very string."
_SEND_BODY = "Serialise the body once, sign those bytes, and send those very bytes."
_LINE_END = (
    "Sign exactly what is sent: `echo` adds a line end and `echo -n` none; curl's `--data` drops "
    "line ends and `--data-binary` none."
)
_MARKS = "The payload begins after the `?` and has no `&` at either end."
_NO_PATH = "Bybit signs neither method nor path: only the query string or the body."

_WITHOUT_PAYLOAD: Payloads = (
    (
        Mistake(
            "payload-empty",
            "An empty payload was signed, although the request has one.",
            "Append the raw query string of a GET, or the raw body of a POST, to the text.",
        ),
        _nothing,
    ),
)
_LINE_ENDS: Payloads = (
    (
        Mistake("line-end", "The payload was signed with a line end (LF) that was not sent.",
                _LINE_END),
        partial(_between, b"", b"\n"),
    ),
    (
        Mistake("line-end", "The payload was signed with a line end (CR LF) that was not sent.",
                _LINE_END),
        partial(_between, b"", b"\r\n"),
    ),
    (
        Mistake("line-end", "The payload was sent with a line end or space that was not signed.",
                _LINE_END),
        _stripped,
    ),
)  # fmt: skip
_OF_A_BODY: Payloads = (
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
        Mistake(
            "serialised-twice",
            "The body was serialised twice before it was sent, and once for the signature: it is "
            "a JSON string that holds JSON.",
            "Give the HTTP library the text itself (in Python's requests data=, not json=). "
            + _SEND_BODY,
        ),
        _sent_serialised_twice,
    ),
    (
        Mistake(
            "serialised-twice",
            "The body was serialised twice for the signature, and sent serialised once.",
            "Sign the text that json.dumps returned, without giving it to json.dumps again. "
            + _SEND_BODY,
        ),
        _signed_serialised_twice,
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
        Mistake("json-sorted", "The body was signed with its members sorted.", _SEND_BODY),
        _json_sorted,
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
        Mistake("json-indented", "The body was signed with line breaks and indents.", _SEND_BODY),
        _json_indented,
    ),
    (
        Mistake(
            "json-escaped",
            "The body was signed with its slashes escaped (`\\/`, as in PHP).",
            "In PHP give json_encode JSON_UNESCAPED_SLASHES. " + _SEND_BODY,
        ),
        partial(_json_escaped, {b"/": b"\\/"}),
    ),
    (
        Mistake(
            "json-escaped",
            "The body was signed with `&`, `<` and `>` escaped (`\\u0026`, as in Go).",
            "In Go use an Encoder with SetEscapeHTML(false). " + _SEND_BODY,
        ),
        partial(_json_escaped, {b"&": b"\\u0026", b"<": b"\\u003c", b">": b"\\u003e"}),
    ),
)
_OF_A_QUERY: Payloads = (
    (
        Mistake(
            "other-part",
            "The query string was signed, but a POST signs its body.",
            "Sign the body; the query string of a POST is not part of the text.",
        ),
        _query_of_a_post,
    ),
    (
        Mistake(
            "other-part",
            "Query string and body were signed together, but a POST signs its body only.",
            "Sign the body; the query string of a POST is not part of the text.",
        ),
        _query_and_body,
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
    *(
        (
            Mistake("query-marks", f"A `{mark}` {place} the query was signed with it.", _MARKS),
            partial(_between, begin, end),
        )
        for mark, place, begin, end in (
            ("?", "before", b"?", b""), ("&", "after", b"", b"&"), ("&", "before", b"&", b""),
        )
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
            "query-encoded",
            "The query was signed percent-encoded in another way than it was sent.",
            "Some libraries decode or encode again when they build the URL. " + _SEND_SIGNED,
        ),
        _query_encoded,
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
            "query-as-json",
            "The parameters were signed as JSON, but sent as a query string.",
            "A GET signs its raw query string. " + _SEND_SIGNED,
        ),
        _query_as_json,
    ),
    (
        Mistake(
            "query-reordered",
            "The parameters were signed in another order than they were sent in.",
            "An HTTP library may sort or shuffle them when it builds the URL. " + _SEND_SIGNED,
        ),
        _query_reordered,
    ),
    (
        Mistake(
            "query-incomplete",
            "A parameter was sent that was not signed.",
            "It was added after signing, or left out of the text. " + _SEND_SIGNED,
        ),
        _query_incomplete,
    ),
)  # fmt: skip
_OF_ANY: Payloads = (
    *(
        (
            Mistake(
                "braces-for-empty",
                f"`{word.decode()}` was signed in place of the payload that was sent.",
                f"Sign exactly what is sent: `{word.decode()}` and an empty payload differ.",
            ),
            partial(_word, word),
        )
        for word in (b"{}", b"[]", b"null", b'""', b"undefined", b"None")
    ),
    *(
        (
            Mistake("path-included", f"{what} signed with the payload.", _NO_PATH),
            partial(_with_path, lead),
        )
        for what, lead in (
            ("The path was", ""),
            ("Method and path were", "METHOD"),
            ("Method and path were", "METHOD "),
            ("The whole URL was", "http://HOST"),
            ("The whole URL was", "https://HOST"),
        )
    ),
)
