"""The flag of a setting, for the commands that take some: `serve` all of them, `switch` a few."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import Any

import click


def setting_flag(name: str, kind: Any, text: str) -> Callable[..., Any]:
    """A flag for the setting `name`; None where it was not given."""
    dashed = name.replace("_", "-")
    if kind is bool:
        return click.option(f"--{dashed}/--no-{dashed}", name, default=None, help=text)
    literal = typing.get_origin(kind) is typing.Literal
    shape: Any = click.Choice(typing.get_args(kind)) if literal else int if kind is int else str
    return click.option(f"--{dashed}", name, type=shape, help=text)
