"""Connects by IP address in each spelling that it is given, and says what came of each, as JSON."""

import json
import socket
import sys


def attempt(host: str) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as sock:
        sock.settimeout(1)
        try:
            sock.connect((host, 9))
        except OSError as error:
            return "passed" if "utabox run" not in str(error) else "refused"
        return "passed"


print(json.dumps([attempt(host) for host in sys.argv[1:]]))
