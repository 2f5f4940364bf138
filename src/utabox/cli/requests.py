"""utabox requests: what was asked lately, and why it was refused."""

from __future__ import annotations

import time
from typing import Any

import click

from utabox.cli.doors import PAGE, Doors, door_options
from utabox.cli.number import Uid, Whole
from utabox.cli.request_line import as_json as line_of_json
from utabox.cli.request_line import as_text
from utabox.cli.terminal import coloured

POLL_S = 0.5
MOST = 10_000


@click.command()
@click.option("--refused", is_flag=True, help="Only those that were refused.")
@click.option("--uid", default=0, type=Uid(0), help="Only those of this account.")
@click.option("--limit", default=PAGE, type=Whole(1, MOST), show_default=True, help="The newest N.")
@click.option("--follow", "-f", is_flag=True, help="Wait for more, until Ctrl-C.")
@door_options
def command(doors: Doors, refused: bool, uid: int, limit: int, follow: bool, as_json: bool) -> None:
    """Show the last calls, refusals with their why.

    Calls of the exchange's API, oldest first. With --json: one JSON object a line.

    \b
    utabox requests --refused --limit 1
    utabox requests --follow --uid 100000001
    """
    query: dict[str, Any] = {"refused": int(refused), "uid": uid}
    found = doors.call("GET", "requests", limit=limit, **query)
    seen = _show(found, as_json, 0)
    if not found and not follow:
        click.echo("no refused calls" if refused else "no calls yet", err=True)
    try:
        while follow:
            time.sleep(POLL_S)
            newer = doors.call("GET", "requests", limit=MOST, after=seen, **query)
            seen = _show(newer, as_json, seen)
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _show(found: list[dict[str, Any]], as_json: bool, seen: int) -> int:
    """Print what was found and return the greatest number that was seen."""
    import msgspec

    from utabox.server.request_log import LogEntry

    for entry in msgspec.convert(found, list[LogEntry]):
        click.echo(line_of_json(entry) if as_json else as_text(entry, coloured()))
        seen = entry.number
    return seen
