"""utabox in memory, plain and behind TLS: `python -m bench.tls_server plain|tls`."""

from __future__ import annotations

import signal
import sys
import threading

from bench.subjects import RATE_LIMIT

from utabox.embedded import Server
from utabox.redirect.authority import Trust
from utabox.redirect.hosts import HOSTS


def main() -> None:
    """Serve until SIGTERM."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with Trust(HOSTS) as trust, Server(rate_limits=RATE_LIMIT, tls=trust.context) as server:
        secure = f"https://127.0.0.1:{server.service.tls_port}"
        sys.stdout.write(f"ready at {server.url if sys.argv[1] == 'plain' else secure}\n")
        sys.stdout.flush()
        stopped.wait()


if __name__ == "__main__":
    main()
