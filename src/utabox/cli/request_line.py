"""One call of the request log as a line for people or for programs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import click
import msgspec

from utabox.cli.explanation import lines_of
from utabox.cli.printable import printable

if TYPE_CHECKING:
    from utabox.server.request_log import LogEntry
    from utabox.why import Why

PATH_MAX = 120
KEY_MAX = 64


def as_text(entry: LogEntry, colour: bool) -> str:
    """The call; below a refusal its why, a line for each part."""
    line = _call(entry, colour)
    if entry.why is None:
        return line
    return "\n    ".join((line, *lines_of(entry.why, details=False)))


def as_line(entry: LogEntry, colour: bool) -> str:
    """The call and, of a refusal, its why: all on one line, as a server prints them."""
    line = _call(entry, colour)
    if entry.why is None:
        return line
    # The signed text stands in what is expected: the line needs no details.
    return " | ".join((line, *(part.strip() for part in lines_of(_without_details(entry.why)))))


def _without_details(why: Why) -> Why:
    return msgspec.structs.replace(why, details={})


def _call(entry: LogEntry, colour: bool) -> str:
    """Time, method, path, who, status/retCode and ms."""
    at = datetime.fromtimestamp(entry.time / 1000).strftime("%H:%M:%S.%f")[:-3]
    call = f"{printable(entry.method, 10):<4} {printable(entry.path, PATH_MAX)}"
    answer = str(entry.status) if entry.retCode is None else f"{entry.status}/{entry.retCode}"
    took = f"{entry.tookMicroseconds / 1000:.1f} ms"
    if colour:
        fine = entry.retCode == 0 and entry.why is None
        answer = click.style(answer, fg="green" if fine else "red")
    return f"{at} {call}  {_who(entry)}  {answer}  {took}"


def as_json(entry: LogEntry) -> str:
    """The whole entry on one line, harmless for a terminal."""
    return json.dumps(msgspec.to_builtins(entry))


def _who(entry: LogEntry) -> str:
    """The account; the key that was sent, where it led to none."""
    if entry.uid:
        unchecked = " (signature unchecked)" if entry.signature == "unchecked" else ""
        return f"uid {entry.uid}{unchecked}"
    return f"key {printable(entry.apiKey, KEY_MAX)}" if entry.apiKey else "uid -"
