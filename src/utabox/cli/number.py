"""Amounts, counts, UIDs and coins as people type them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import click

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")

NEGATIVE_NUMBERS = {"ignore_unknown_options": True}
"""Context settings of a command that takes a number: -0.25 is none of its options."""


def amount(value: str) -> str:
    """A number as the user wrote it."""
    if not _NUMBER.fullmatch(value):
        raise click.BadParameter(f"{value!r} is no number: write one such as 1000.5.")
    return value


def positive(value: str) -> str:
    """A number greater than 0 as the user wrote it."""
    if Decimal(amount(value)) <= 0:
        raise click.BadParameter(f"{value!r} is not greater than 0: write such as 64000.5.")
    return value


class Whole(click.IntRange):
    """A whole number within bounds."""

    wanted = "is no whole number: write it in digits, such as 5."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            int(value)
        except ValueError:
            self.fail(f"{value!r} {self.wanted}", param, ctx)
        converted: int = super().convert(value, param, ctx)
        return converted


class Uid(Whole):
    """The number of an account."""

    wanted = "is no UID: give one such as 100000001; `utabox account list` has them."

    def __init__(self, lowest: int = 1) -> None:
        super().__init__(lowest)


def plain(number: str) -> str:
    """A number of the server's for people: no exponent, and no zeros at its end."""
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def coin(value: str) -> str:
    """The name of a coin. They are written in upper case, and a server knows them only so."""
    if value != value.upper():
        raise click.BadParameter(f"{value!r} is no coin: did you mean {value.upper()}?")
    return value
