"""utabox switch: how a venue decides and speaks where the exchange's way is not certain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.setting import setting_flag
from utabox.cli.tables import show_fields, show_json
from utabox.settings import SWITCHES, flags


def _switch_options(function: Callable[..., None]) -> Callable[..., None]:
    """The settings of `serve` that are switches, as flags of the same names."""
    for name, kind, _, text in reversed(flags()):
        if name in SWITCHES:
            function = setting_flag(name, kind, text.partition(" [at first")[0])(function)
    return function


@click.command()
@_switch_options
@door_options
def command(doors: Doors, as_json: bool, **given: Any) -> None:
    """Show or change fidelity switches.

    How a venue decides and speaks where the exchange's way is not certain, or changed:
    docs/fidelity.md says what each of them changes. They hold from the next request on.

    \b
    utabox switch
    utabox switch --text-epoch 2023 --missing-headers 200-json
    utabox switch --upgrade-delay 0 --no-upgrade-window
    """
    if all(value is None for value in given.values()):
        switches = doors.call("GET", "switches")
    else:
        body = {_member(name): value for name, value in given.items()}
        switches = doors.call("PATCH", "switches", body=body)
    if as_json:
        show_json(switches)
        return
    show_fields((_shown(name), switches[_member(name)]) for name in SWITCHES)


def _member(name: str) -> str:
    """The setting as the door spells it."""
    first, *others = SWITCHES[name].split("_")
    return first + "".join(map(str.capitalize, others))


def _shown(name: str) -> str:
    """The setting in words, with its unit."""
    return name.replace("_", " ") + (", ms" if SWITCHES[name].endswith("_ms") else "")
