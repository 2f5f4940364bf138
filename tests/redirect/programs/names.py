"""Looks up hosts (a JSON list of pairs with ports, on stdin) and says what each gave, as JSON."""

import json
import socket
import sys


def found(host: str, port: int | str | None) -> str:
    try:
        entry = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        return f"refused: {error.strerror}"
    return "{}:{}".format(*entry[4][:2])


print(json.dumps([found(*pair) for pair in json.load(sys.stdin)]))
