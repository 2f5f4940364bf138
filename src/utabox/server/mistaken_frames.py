"""What clients sign around the payload in place of timestamp, api key and recv_window.

A row of a table is one mistake: its name, what it is, how to mend it, the texts it leads to.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_to_bytes

from utabox.server.evidence import Evidence
from utabox.server.messages import Request
from utabox.server.mistaken_payloads import body_as_query, made, route
from utabox.server.mistakes import Mistake
from utabox.server.query import Pairs, join_query, split_query
from utabox.server.signature import signed_text

PAYLOAD_PAIRED_MAX = 4_096  # bytes; above, no two mistakes are tried together

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


def _window_other(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    if evidence.recv_window:
        for window in _WINDOWS:
            yield signed_text(evidence.timestamp, evidence.api_key, window, payload)


def _window_unsent(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    if not evidence.recv_window:
        for window in _WINDOWS:
            yield signed_text(evidence.timestamp, evidence.api_key, window, payload)


def _seconds(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    seconds, millis = evidence.timestamp[:-3], evidence.timestamp[-3:]
    for timestamp in (seconds, seconds + b"." + millis, seconds + b"000"):
        yield signed_text(timestamp, evidence.api_key, evidence.recv_window, payload)


def _clock_read_twice(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    if len(evidence.timestamp) > 19 or len(payload) > PAYLOAD_PAIRED_MAX:
        return
    sent = int(evidence.timestamp)
    for distance in range(1, 51):
        for timestamp in (sent - distance, sent + distance):
            text = str(timestamp).encode()
            yield signed_text(text, evidence.api_key, evidence.recv_window, payload)


def _reordered(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    parts = (evidence.timestamp, evidence.api_key, evidence.recv_window, payload)
    yield from map(b"".join, itertools.permutations(parts))


def _part_missing(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    parts = (evidence.timestamp, evidence.api_key, evidence.recv_window, payload)
    for count in (3, 2, 1):
        yield from map(b"".join, itertools.combinations(parts, count))


def _separated(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    parts = (evidence.timestamp, evidence.api_key, evidence.recv_window, payload)
    for separator in (b"&", b"\n", b"|", b",", b":", b";", b" ", b"+", b"-", b"_"):
        yield separator.join(parts)
        yield separator.join(part for part in parts if part)


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


WINDOW_FRAMES: Frames = (
    (
        Mistake(
            "recv-window-left-out",
            "The recv_window was sent but not signed.",
            "Put the value of X-BAPI-RECV-WINDOW between the api key and the payload.",
        ),
        _window_left_out,
    ),
    (
        Mistake(
            "recv-window-other",
            "The recv_window that was signed is not the one sent.",
            "Sign the same characters that you send as X-BAPI-RECV-WINDOW.",
        ),
        _window_other,
    ),
    (
        Mistake(
            "recv-window-unsent",
            "A recv_window was signed but not sent.",
            "Send it as X-BAPI-RECV-WINDOW: without this header the text holds none.",
        ),
        _window_unsent,
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
    (
        Mistake(
            "timestamp-other-unit",
            "The timestamp that was signed is in seconds, the one sent in milliseconds.",
            "Take the time once, in milliseconds, and use the same characters in both places.",
        ),
        _seconds,
    ),
    (
        Mistake(
            "part-order",
            "The parts were joined in another order.",
            "The order is timestamp, api key, recv_window, payload.",
        ),
        _reordered,
    ),
    (
        Mistake(
            "part-missing",
            "A part of the text was not signed.",
            "The text has four parts: timestamp, api key, recv_window, payload.",
        ),
        _part_missing,
    ),
    (
        Mistake(
            "parts-separated",
            "The parts were joined with something between them.",
            "Join them with nothing in between.",
        ),
        _separated,
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
    (
        Mistake(
            "timestamp-taken-twice",
            "The timestamp that was signed is a few milliseconds off the one sent.",
            "Read the clock once and use the same characters in the text and in the header.",
        ),
        _clock_read_twice,
    ),
)
