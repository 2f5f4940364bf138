"""An exchange on a running clock: clients bring their own time and cannot be told another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.actors import Exchange

from utabox.clock import ManualClock, system_clock
from utabox.embedded import Server

HOUR = 3_600_000  # ms
ELSEWHERE = ["192.0.2.1"]
"""Addresses from which no test calls."""


class RunningClock(ManualClock):
    """The machine's clock; `advance` sets it ahead, which makes every client's stale."""

    def __init__(self) -> None:
        super().__init__(now=0)

    def __call__(self) -> int:
        return system_clock() + self.now

    def advance(self, milliseconds: int) -> int:
        super().advance(milliseconds)
        return self()


@contextmanager
def live(**settings: Any) -> Iterator[Exchange]:
    """A server as `utabox serve` starts it, but for the hour in which nobody may upgrade."""
    clock = RunningClock()
    with Server(clock=clock, **{"upgrade_window": False, **settings}) as server:
        journal = server.call(lambda: server.venue.runtime.journal)
        exchange = Exchange(server, clock, journal)
        try:
            yield exchange
        finally:
            exchange.wire.close()


def requests(exchange: Exchange) -> list[dict[str, Any]]:
    """The request log, oldest call first: what the server says it was sent."""
    logged: list[dict[str, Any]] = exchange.control("GET", "/-/requests")
    return logged


def refusal(exchange: Exchange) -> dict[str, Any]:
    """The log's entry of the last refused call."""
    refused: list[dict[str, Any]] = exchange.control("GET", "/-/requests?refused=1&limit=1")
    return refused[-1]


def signed_text(entry: dict[str, Any]) -> str:
    """What the client of a logged GET should have signed (account-semantics 3.2)."""
    sent = entry["headers"]
    timestamp, window = sent["x-bapi-timestamp"], sent["x-bapi-recv-window"]
    return f"{timestamp}{entry['apiKey']}{window}{entry['query']}"
