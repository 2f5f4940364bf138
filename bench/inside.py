"""What is measured inside a process of its own: `python -m bench.inside replay|embedded|past ...`.

Prints one JSON value: a list of numbers, one for each round, or what past.py found.
"""

from __future__ import annotations

import http.client
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from bench import past
from bench.load import INFO, signed

from utabox.demo import Prepared, fill
from utabox.embedded import Server
from utabox.journal.folder import DataFolder
from utabox.journal.history import History, history_path
from utabox.journal.sqlite import SqliteJournal
from utabox.runtime import replay
from utabox.venues import DEFAULT


def replays(path: Path, rounds: int, told: bool = False) -> list[float]:
    """Events per second, from the file to the state; every entry here has one event.

    Args:
        told: Fill a history in a file that is missing, too.
    """
    rates = []
    for _ in range(rounds):
        folder = DataFolder(path)
        place = folder.venue_path(DEFAULT)
        history_path(place).unlink(missing_ok=True)
        history = History(history_path(place)) if told else None
        journal = SqliteJournal(place, "disk")
        began = time.perf_counter()
        state, _ = replay(journal, history)
        rates.append(state.seq / (time.perf_counter() - began))
        if history is not None:
            history.close(state.seq)
        journal.close()
        folder.close()
        del state
    return rates


def embedded(rounds: int) -> list[tuple[float, float, float]]:
    """ms to start, to call once over HTTP, and to stop."""
    _once()  # imports
    return [_once() for _ in range(rounds)]


def venues(rounds: int) -> list[tuple[float, float, float]]:
    """ms to make a venue in a running server, to call it once over HTTP, and to drop it."""
    with Server() as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
        _lived(server, connection)  # imports
        found = [_lived(server, connection) for _ in range(rounds)]
        connection.close()
    return found


def _lived(server: Server, connection: http.client.HTTPConnection) -> tuple[float, float, float]:
    made: list[Prepared] = []
    began = time.perf_counter()
    venue = server.wait(server.venues.create(None, False, lambda venue: made.append(fill(venue))))
    created = time.perf_counter()
    headers = signed(made[0].credentials.api_key, made[0].credentials.secret or "")
    connection.request("GET", INFO, headers=headers)
    if b'"retCode":0' not in connection.getresponse().read():
        raise RuntimeError("the venue did not answer")
    called = time.perf_counter()
    server.wait(server.venues.drop(venue))
    dropped = time.perf_counter()
    return (created - began) * 1000, (called - created) * 1000, (dropped - called) * 1000


def _once() -> tuple[float, float, float]:
    began = time.perf_counter()
    server = Server().start()
    started = time.perf_counter()
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    connection.request("GET", "/v5/market/time")
    connection.getresponse().read()
    connection.close()
    called = time.perf_counter()
    server.stop()
    stopped = time.perf_counter()
    return (started - began) * 1000, (called - started) * 1000, (stopped - called) * 1000


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "replay":
        found: object = replays(Path(rest[0]), int(rest[1]), "told" in rest)
    elif what == "past":
        found = past.measured(Path(rest[0]), int(rest[1]), int(rest[2]))
    elif what == "venues":
        found = venues(int(rest[0]))
    else:
        found = embedded(int(rest[0]))
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
