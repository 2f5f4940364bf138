"""utabox in memory, with every flush slowed: `python -m bench.slow_server SECONDS ACCOUNTS`."""

from __future__ import annotations

import signal
import sys
import threading

from bench.store import commands
from bench.subjects import RATE_LIMIT
from tests.journal.faults import SlowJournal

from utabox.embedded import Server
from utabox.journal.memory import MemoryJournal


def main() -> None:
    """Serve until SIGTERM."""
    seconds, count = float(sys.argv[1]), int(sys.argv[2])
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    journal = SlowJournal(MemoryJournal(), seconds)
    with Server(
        journal=journal, rate_limits=RATE_LIMIT, api_key="demo", api_secret="demo"
    ) as server:
        server.call(lambda: _fill(server, count))
        sys.stdout.write(f"ready at {server.url}\n")
        sys.stdout.flush()
        stopped.wait()


def _fill(server: Server, count: int) -> None:
    venue = server.venue
    first = venue.runtime.state.next_uid
    for command in commands(count, venue.sealer, "plain", first):
        venue.runtime.execute(command)


if __name__ == "__main__":
    main()
