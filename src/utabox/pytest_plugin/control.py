"""The control doors over HTTP, with the standard library only: of a server here or elsewhere."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from subprocess import SubprocessError
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

TIMEOUT_S = 60.0
IDLE_S = 20.0
"""After which a connection is not trusted any more; the server keeps one for 60 s."""


class Refused(Exception):
    """A door did not do what it was asked for; the text says why, and what to do."""


class Unanswered(Refused):
    """Nobody is there, or no utabox."""


def says_it_all(failure: Any) -> bool:
    """Whether the text of what was raised is all that its reader needs: then lines of modules
    whose `__tracebackhide__` this is are not in the report."""
    told = (Refused, AssertionError, ValueError, TypeError, KeyError, FileNotFoundError)
    return failure is not None and isinstance(failure.value, (*told, SubprocessError))


__tracebackhide__ = says_it_all


class Response(NamedTuple):
    """One HTTP answer."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


class Wire:
    """Connections to one server; any thread may call, and waits for nobody else's answer.

    Args:
        url: The server's; a path in it is left out.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.server = f"{parts.scheme}://{parts.netloc}"
        self._parts = parts
        self._lock = threading.Lock()
        self._idle: list[tuple[HTTPConnection, float]] = []  # and when each was used last, s
        self._process = os.getpid()
        self._closings = 0

    def send(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Response:
        """Send one request and read its answer; nothing is sent twice.

        Raises:
            OSError, HTTPException: there is no answer.
        """
        closings, connection = self._taken()
        try:
            connection.request(method, target, body, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
        except BaseException:
            connection.close()
            raise
        self._give_back(connection, closings)
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Response(answer.status, named, content)

    def close(self) -> None:
        """Leave the server; a later call finds it again."""
        with self._lock:
            idle, self._idle = self._idle, []
            self._closings += 1
        for connection, _ in idle:
            connection.close()

    def _taken(self) -> tuple[int, HTTPConnection]:
        """The connection that was used last, or a new one."""
        with self._lock:
            if self._process != os.getpid():  # a forked child: these lines are its parent's
                self._idle, self._process = [], os.getpid()
            while self._idle:
                connection, used = self._idle.pop()
                if monotonic() - used <= IDLE_S:
                    return self._closings, connection
                connection.close()
        kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        return self._closings, kind(self._parts.hostname or "", self._parts.port, timeout=TIMEOUT_S)

    def _give_back(self, connection: HTTPConnection, closings: int) -> None:
        with self._lock:
            if closings == self._closings:
                self._idle.append((connection, monotonic()))
                return
        connection.close()  # all were closed meanwhile


class Control:
    """The doors of a server, or of one of its venues.

    Args:
        path: Of the venue, such as `/venues/mine`.
        told: How a refusal is to be worded.
    """

    def __init__(
        self, wire: Wire, token: str, path: str = "", told: Callable[[str], str] = str
    ) -> None:
        self.wire = wire
        self._told = told
        self.token = token
        self.path = path

    def of(self, path: str, told: Callable[[str], str] = str) -> Control:
        """The doors of the venue at `path`."""
        return Control(self.wire, self.token, path, told)

    def call(self, method: str, *parts: object, body: object = None, **query: object) -> Any:
        """What a door answers.

        Args:
            parts: Of its path, behind `/-/`.
        Raises:
            Refused: it did not do it, or nobody answers.
        """
        target = "/".join((f"{self.path}/-", *(quote(str(part), safe="") for part in parts)))
        if query:
            target += f"?{urlencode(query)}"
        content = None if body is None else json.dumps(body, default=str).encode()
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            response = self.wire.send(method, target, headers, content)
        except (OSError, HTTPException) as error:
            raise Unanswered(
                f"{self.wire.server} does not answer to {method} {target}: {error!r}. Is a utabox "
                "running there?"
            ) from error
        try:
            answer = json.loads(response.body)
        except ValueError as error:
            raise Unanswered(
                f"{method} {target} was answered with HTTP {response.status} and no JSON: "
                f"{self.wire.server} is no utabox."
            ) from error
        if response.status != 200:
            raise Refused(self._told(str(answer.get("error", answer))))
        return answer
