"""Programs as `utabox run` runs them, and what the server of the run was asked meanwhile."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from utabox.cli.doors import Doors
from utabox.redirect.session import Session
from utabox.redirect.surroundings import PROXIES, surroundings

PROGRAMS = Path(__file__).parent / "programs"
NODE = shutil.which("node") or "node"
"""Not the name: `utabox run` puts one of its own first."""
MODULES = Path(__file__).parents[1] / "clients" / "node_modules"

ELSEWHERE = ("PYTHONPATH", "NODE_OPTIONS", "UTABOX", *PROXIES)
"""Variables of whoever runs the tests that would change what they test."""
NOTHING: Mapping[str, str | None] = {}


class Outcome(NamedTuple):
    """How a program ended."""

    code: int
    out: str
    err: str
    asked: list[str]
    """What the server was asked by it: path and query."""


class Inside:
    """A server and all that stands around a program of `utabox run`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.base = {
            name: value for name, value in os.environ.items() if not name.startswith(ELSEWHERE)
        }

    @property
    def environment(self) -> dict[str, str]:
        """Of the program."""
        return surroundings(self.session.places, self.base)

    def run(
        self,
        program: str,
        *arguments: str,
        proxied: bool = False,
        stdin: str = "",
        variables: Mapping[str, str | None] = NOTHING,
    ) -> Outcome:
        """Run a program of `programs/` to its end.

        Args:
            proxied: Whether it is told of the proxy, as `utabox run` tells it. Without, what runs
                inside the program must lead it alone.
            variables: Changes of its environment; None takes one away.
        """
        told = {} if proxied else dict.fromkeys(PROXIES)
        before = self._number()
        done = run(
            command(program, *arguments), changed(self.environment, {**told, **variables}), stdin
        )
        return Outcome(done.returncode, done.stdout, done.stderr, self._asked(before))

    def _number(self) -> int:
        log = self._doors().call("GET", "requests", limit=1)
        return int(log[-1]["number"]) if log else 0

    def _asked(self, after: int) -> list[str]:
        log = self._doors().call("GET", "requests", limit=1_000)
        return [
            entry["path"] + (entry["query"] and f"?{entry['query']}")
            for entry in log
            if entry["number"] > after
        ]

    def _doors(self) -> Doors:
        return Doors(self.session.places.url, self.session.places.token)


@contextmanager
def inside() -> Iterator[Inside]:
    """A run without its program."""
    with Session({"PATH": os.environ["PATH"]}) as session:
        session.start_server({"accept_any_key": True}, {})
        yield Inside(session)


def command(program: str, *arguments: str) -> list[str]:
    """How a program of `programs/` is started: by its ending."""
    interpreter = sys.executable if program.endswith(".py") else NODE
    return [interpreter, str(PROGRAMS / program), *arguments]


def changed(environment: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """An environment with some variables set, or taken away (None)."""
    both = {**environment, "NODE_PATH": str(MODULES), **changes}
    return {name: value for name, value in both.items() if value is not None}


def run(
    argv: list[str], environment: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        argv,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
