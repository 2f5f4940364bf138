"""What is measured inside a process of its own: `python -m bench.inside replay|embedded ...`.

Prints one JSON list of numbers, one for each round.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from utabox.embedded import Server
from utabox.journal.folder import DataFolder
from utabox.journal.sqlite import SqliteJournal
from utabox.runtime import replay
from utabox.server.serving import VENUE


def replays(path: Path, rounds: int) -> list[float]:
    """Events per second, from the file to the state; every entry here has one event."""
    rates = []
    for _ in range(rounds):
        folder = DataFolder(path)
        journal = SqliteJournal(folder.venue_path(VENUE), "disk")
        began = time.perf_counter()
        state, _ = replay(journal)
        rates.append(state.seq / (time.perf_counter() - began))
        journal.close()
        folder.close()
        del state
    return rates


def embedded(rounds: int) -> list[tuple[float, float, float]]:
    """ms to start, to call once over HTTP, and to stop."""
    _once()  # imports
    return [_once() for _ in range(rounds)]


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
    found = replays(Path(rest[0]), int(rest[1])) if what == "replay" else embedded(int(rest[0]))
    sys.stdout.write(json.dumps(found) + "\n")
