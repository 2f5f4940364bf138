"""utabox clock: show, step, set, freeze, run, follow."""

from __future__ import annotations

import re
from typing import Any

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.group import Group
from utabox.cli.moment import iso, moment
from utabox.cli.number import amount as number
from utabox.cli.tables import show_fields, show_json

UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PART = re.compile(r"([0-9]+)(ms|s|m|h|d)")


def duration(value: str) -> int:
    """A length of time such as 1h30m, 90s or 2d, as ms; digits alone are ms."""
    if value.isascii() and value.isdigit():
        return int(value)
    parts = _PART.findall(value)
    if not parts or "".join(count + unit for count, unit in parts) != value:
        raise click.BadParameter(f"{value!r} is no length of time: write such as 1h30m or 90s.")
    return sum(int(count) * UNITS_MS[unit] for count, unit in parts)


class Forward(click.Command):
    """Says of -1h, which would be read as options, that time does not go there."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for argument in args:
            if re.match("-[0-9]", argument):
                ctx.fail(
                    f"{argument} is in the past, and time goes forward only: write such as 1h30m. "
                    "`utabox venue reset` lets the venue be as it was when it was made."
                )
        return super().parse_args(ctx, args)


@click.group(cls=Group)
def command() -> None:
    """Show the venue's time, stop it, step ahead.

    Whatever is due on the way happens at its own time: interest, upgrades, repayments.

    \b
    utabox clock freeze
    utabox clock step 1h
    utabox clock run --speed 60
    """


@command.command()
@door_options
def show(doors: Doors, as_json: bool) -> None:
    """Show the venue's time, and how it runs."""
    _show(doors.call("GET", "clock"), as_json)


@command.command(cls=Forward)
@click.argument("length", type=duration, metavar="DURATION")
@door_options
def step(doors: Doors, length: int, as_json: bool) -> None:
    """Step ahead by DURATION, such as 1h30m, 90s, 2d, or ms."""
    _show(doors.call("PATCH", "clock", body={"stepMs": length}), as_json)


@command.command("set", cls=Forward)
@click.argument("time", type=moment, metavar="TIME")
@door_options
def set_time(doors: Doors, time: int, as_json: bool) -> None:
    """Jump ahead to TIME: ISO 8601 in UTC, or ms."""
    _show(doors.call("PATCH", "clock", body={"time": time}), as_json)


@command.command()
@door_options
def freeze(doors: Doors, as_json: bool) -> None:
    """Let time stand still."""
    _show(doors.call("PATCH", "clock", body={"speed": "0"}), as_json)


@command.command()
@click.option("--speed", type=number, default="1", help="Times the machine's. [default: 1]")
@door_options
def run(doors: Doors, speed: str, as_json: bool) -> None:
    """Let time run on from where it is."""
    _show(doors.call("PATCH", "clock", body={"speed": speed}), as_json)


@command.command()
@door_options
def follow(doors: Doors, as_json: bool) -> None:
    """Let time be the machine's again."""
    _show(doors.call("DELETE", "clock"), as_json)


def _show(clock: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(clock)
        return
    ahead = clock["time"] - clock["machineTime"]
    running = "stands still" if float(clock["speed"]) == 0 else f"{clock['speed']} x the machine's"
    show_fields(
        [
            ("time", iso(clock["time"])),
            ("speed", running if clock["set"] else "the machine's"),
            ("ahead of the machine, ms", ahead),
        ]
    )
