"""utabox price: list, set."""

from __future__ import annotations

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.number import NEGATIVE_NUMBERS, positive
from utabox.cli.number import coin as coin_name
from utabox.cli.tables import show_json, show_table


@click.group()
def command() -> None:
    """Show and set the USD index of coins.

    \b
    utabox price set BTC 64000
    """


@command.command("list")
@door_options
def list_prices(doors: Doors, as_json: bool) -> None:
    """List the index of every coin."""
    _show(doors.call("GET", "prices"), as_json)


@command.command("set", context_settings=NEGATIVE_NUMBERS)
@click.argument("coin", type=coin_name)
@click.argument("usd", type=positive)
@door_options
def set_price(doors: Doors, coin: str, usd: str, as_json: bool) -> None:
    """Set the index of COIN to USD, a number such as 64000.5."""
    _show(doors.call("PUT", "prices", coin, body={"price": usd}), as_json)


def _show(prices: dict[str, str], as_json: bool) -> None:
    if as_json:
        show_json(prices)
    else:
        show_table(("coin", "USD"), prices.items())
