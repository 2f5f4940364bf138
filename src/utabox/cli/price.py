"""utabox price: list, set, and the same of mark prices."""

from __future__ import annotations

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.group import Group
from utabox.cli.number import NEGATIVE_NUMBERS, positive
from utabox.cli.number import coin as coin_name
from utabox.cli.tables import show_fields, show_json, show_table

MARKED = click.Choice(("linear", "inverse", "option"))


@click.group(cls=Group)
def command() -> None:
    """Show and set the USD index of coins, and mark prices.

    \b
    utabox price set BTC 64000
    utabox price mark set linear BTCUSDT 63500
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


@command.group("mark", cls=Group)
def marks() -> None:
    """Mark symbols otherwise than their index does.

    \b
    utabox price mark set linear BTCUSDT 63500
    utabox price mark clear linear BTCUSDT
    """


@marks.command("list")
@door_options
def list_marks(doors: Doors, as_json: bool) -> None:
    """List the mark prices that were set; all others follow from the index."""
    _show_marks(doors.call("GET", "marks"), as_json)


@marks.command("set", context_settings=NEGATIVE_NUMBERS)
@click.argument("category", type=MARKED)
@click.argument("symbol")
@click.argument("price", type=positive)
@door_options
def set_mark(doors: Doors, category: str, symbol: str, price: str, as_json: bool) -> None:
    """Mark SYMBOL of CATEGORY at PRICE, in its quote coin."""
    _show_marks(doors.call("PUT", "marks", category, symbol, body={"price": price}), as_json)


@marks.command("clear")
@click.argument("category", type=MARKED)
@click.argument("symbol")
@door_options
def clear_mark(doors: Doors, category: str, symbol: str, as_json: bool) -> None:
    """Let the mark price of SYMBOL follow from the index again."""
    cleared = doors.call("DELETE", "marks", category, symbol)
    if as_json:
        show_json(cleared)
    else:
        show_fields([("cleared", f"{category} {cleared['deleted']}")])


def _show(prices: dict[str, str], as_json: bool) -> None:
    if as_json:
        show_json(prices)
    else:
        show_table(("coin", "USD"), prices.items())


def _show_marks(prices: dict[str, dict[str, str]], as_json: bool) -> None:
    if as_json:
        show_json(prices)
        return
    rows = [
        (category, symbol, price)
        for category, marked in prices.items()
        for symbol, price in marked.items()
    ]
    show_table(("category", "symbol", "mark price"), rows)
