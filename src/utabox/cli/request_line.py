"""One call of the request log as a line for people or for programs."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click
import msgspec

from utabox.cli.printable import printable

if TYPE_CHECKING:
    from utabox.server.request_log import LogEntry
    from utabox.why import Why

PATH_MAX = 120
WHY_MAX = 600


def coloured() -> bool:
    """Whether lines on stdout are to have colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def as_text(entry: LogEntry, colour: bool) -> str:
    """Time, method, path, uid, status/retCode and ms; below a refusal, its why."""
    at = datetime.fromtimestamp(entry.time / 1000).strftime("%H:%M:%S.%f")[:-3]
    call = f"{printable(entry.method, 10):<4} {printable(entry.path, PATH_MAX)}"
    answer = str(entry.status) if entry.retCode is None else f"{entry.status}/{entry.retCode}"
    who = f"uid {entry.uid}" if entry.uid else "uid -"
    took = f"{entry.tookMicroseconds / 1000:.1f} ms"
    if colour:
        fine = entry.retCode == 0 and entry.why is None
        answer = click.style(answer, fg="green" if fine else "red")
    line = f"{at} {call}  {who}  {answer}  {took}"
    return line if entry.why is None else f"{line}\n    {_why(entry.why)}"


def as_json(entry: LogEntry) -> str:
    """The whole entry on one line, harmless for a terminal."""
    return json.dumps(msgspec.to_builtins(entry))


def _why(why: Why) -> str:
    return printable(f"why: {why.rule} Seen: {why.seen.rstrip('.')}. {why.hint}", WHY_MAX)
