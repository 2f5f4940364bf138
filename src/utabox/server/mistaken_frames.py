"""What clients sign around the payload in place of timestamp, api key and recv_window.

A row of a table is one mistake: its name, what it is, how to mend it, the texts it leads to.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from urllib.parse import unquote_to_bytes

from utabox.server.evidence import Evidence
from utabox.server.messages import Request
from utabox.server.mistaken_payloads import body_as_query, made, route
from utabox.server.mistakes import Mistake
from utabox.server.query import Pairs, join_query, split_query
from utabox.server.signature import signed_text

PAYLOAD_PAIRED_MAX = 1_024  # bytes; above, no two mistakes are tried together

MakeText = Callable[[Evidence, bytes], Iterable[bytes]]
Frames = tuple[tuple[Mistake, MakeText], ...]

_WINDOWS = tuple(
    str(window).encode()
    for window in (
        5_000, 20_000, 10_000, 60_000, 15_000, 30_000, 50_000, 6_000, 3_000, 2_000, 1_000
    )
)  # fmt: skip


def _window_left_out(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    yield evidence.timestamp + evidence.api_key + payload


def _window(window: bytes, sent: bool, evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    if bool(evidence.recv_window) is sent:
        yield signed_text(evidence.timestamp, evidence.api_key, window, payload)


def _key_between(begin: bytes, end: bytes, evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    api_key = begin + evidence.api_key + end
    yield signed_text(evidence.timestamp, api_key, evidence.recv_window, payload)


def _seconds(end: bytes, evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    millis = evidence.timestamp[-3:]
    timestamp = evidence.timestamp[:-3] + end.replace(b"MS", millis)
    yield signed_text(timestamp, evidence.api_key, evidence.recv_window, payload)


def _clock_read_twice(distance: int, evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    if len(evidence.timestamp) <= 19 and len(payload) <= PAYLOAD_PAIRED_MAX:
        for signed in (int(evidence.timestamp) - distance, int(evidence.timestamp) + distance):
            text = str(signed).encode()
            yield signed_text(text, evidence.api_key, evidence.recv_window, payload)


_PARTS = ("timestamp", "api key", "recv_window", "payload")


def _joined(
    order: tuple[int, ...], separator: bytes, evidence: Evidence, payload: bytes
) -> Iterator[bytes]:
    parts = (evidence.timestamp, evidence.api_key, evidence.recv_window, payload)
    yield separator.join([parts[index] for index in order])
    if separator:
        yield separator.join([parts[index] for index in order if parts[index]])


def _method_and_path(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    request = evidence.request
    path, method = route(request)
    mark = b"?" if request.method == "GET" and payload else b""
    tail = method + path + mark + payload
    yield from (evidence.timestamp + tail, tail, evidence.timestamp + evidence.api_key + tail)


# One shape for the whole table: this one and the next leave the payload alone.
def _websocket(evidence: Evidence, payload: bytes) -> Iterator[bytes]:  # noqa: ARG001
    yield b"GET/realtime" + evidence.timestamp


def _legacy(evidence: Evidence, payload: bytes) -> Iterator[bytes]:  # noqa: ARG001
    """V2: all parameters and api_key and timestamp, sorted by name, joined as a query string."""
    window = evidence.recv_window or b"5000"
    for pairs in _flat(evidence.request):
        for name in (b"recv_window", b"recvWindow", b""):
            ours = [(b"api_key", evidence.api_key), (b"timestamp", evidence.timestamp)]
            windows = [(name, window)] if name else []
            yield join_query(sorted([*pairs, *ours, *windows]))


def _flat(request: Request) -> Iterator[Pairs]:
    yield split_query(request.query)
    yield [(name, unquote_to_bytes(value)) for name, value in split_query(request.query)]
    for text in made(body_as_query, request):
        yield split_query(text)


def _listed(order: tuple[int, ...]) -> str:
    return ", ".join(_PARTS[index] for index in order)


_ALL = (0, 1, 2, 3)
_WITHOUT = [order for count in (3, 2, 1) for order in itertools.combinations(_ALL, count)]
_SEPARATORS = {
    b"&": "`&`", b"\n": "a line end", b"|": "`|`", b",": "a comma", b":": "a colon",
    b";": "a semicolon", b" ": "a space", b"+": "`+`", b"-": "`-`", b"_": "`_`",
}  # fmt: skip

WINDOW_FRAMES: Frames = (
    (
        Mistake(
            "recv-window-left-out",
            "The recv_window was sent but not signed.",
            "Put the value of X-BAPI-RECV-WINDOW between the api key and the payload.",
        ),
        _window_left_out,
    ),
    *(
        (
            Mistake(
                "recv-window-other",
                f"The recv_window that was signed is {window.decode()}, not the one sent.",
                "Sign the same characters that you send as X-BAPI-RECV-WINDOW.",
            ),
            partial(_window, window, True),
        )
        for window in _WINDOWS
    ),
    *(
        (
            Mistake(
                "recv-window-unsent",
                f"A recv_window of {window.decode()} was signed but not sent.",
                "Send it as X-BAPI-RECV-WINDOW: without this header the text holds none.",
            ),
            partial(_window, window, False),
        )
        for window in _WINDOWS
    ),
)
FRAMES: Frames = (
    (
        Mistake(
            "websocket-text",
            "`GET/realtime` and the time were signed: the text of the WebSocket.",
            "Over HTTP, sign timestamp + api key + recv_window + payload.",
        ),
        _websocket,
    ),
    *(
        (
            Mistake(
                "api-key-with-spaces",
                f"The api key was signed with {what}; HTTP drops it from the header.",
                "Strip the key where your client reads it from its settings or environment.",
            ),
            partial(_key_between, begin, end),
        )
        for what, begin, end in (
            ("a space after it", b"", b" "),
            ("a space before it", b" ", b""),
            ("a space on either side", b" ", b" "),
            ("a line end after it", b"", b"\n"),
            ("a line end after it", b"", b"\r\n"),
            ("a tab after it", b"", b"\t"),
        )
    ),
    *(
        (
            Mistake(
                "timestamp-other-unit",
                f"The timestamp that was signed is in {what}, the one sent in milliseconds.",
                "Take the time once, in milliseconds, and use the same characters in both places.",
            ),
            partial(_seconds, end),
        )
        for what, end in (
            ("seconds", b""),
            ("seconds with a fraction", b".MS"),
            ("whole seconds with three zeros", b"000"),
        )
    ),
    *(
        (
            Mistake(
                "part-order",
                f"The parts were joined in another order: {_listed(order)}.",
                "The order is timestamp, api key, recv_window, payload.",
            ),
            partial(_joined, order, b""),
        )
        for order in itertools.permutations(_ALL)
        if order != _ALL
    ),
    *(
        (
            Mistake(
                "part-missing",
                f"Only {_listed(order)} {'was' if len(order) == 1 else 'were'} signed.",
                "The text has four parts: timestamp, api key, recv_window, payload.",
            ),
            partial(_joined, order, b""),
        )
        for order in _WITHOUT
    ),
    *(
        (
            Mistake(
                "parts-separated",
                f"The parts were joined with {what} between them.",
                "Join them with nothing in between.",
            ),
            partial(_joined, _ALL, separator),
        )
        for separator, what in _SEPARATORS.items()
    ),
    (
        Mistake(
            "method-and-path",
            "Method and path were signed in place of api key or recv_window.",
            "That is another exchange's rule: sign timestamp + api key + recv_window + payload.",
        ),
        _method_and_path,
    ),
    (
        Mistake(
            "legacy-parameters",
            "The sorted parameters with api_key and timestamp were signed, as in API V2.",
            "V5 signs timestamp + api key + recv_window + payload, all sent in headers.",
        ),
        _legacy,
    ),
    *(
        (
            Mistake(
                "timestamp-taken-twice",
                f"The timestamp that was signed is {distance} ms off the one sent.",
                "Read the clock once and use the same characters in the text and in the header.",
            ),
            partial(_clock_read_twice, distance),
        )
        for distance in range(1, 51)
    ),
)
