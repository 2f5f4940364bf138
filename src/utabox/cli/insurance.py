"""utabox insurance: list, set, drop."""

from __future__ import annotations

from typing import Any

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.group import Group
from utabox.cli.moment import iso
from utabox.cli.number import NEGATIVE_NUMBERS
from utabox.cli.number import amount as number
from utabox.cli.number import coin as coin_name
from utabox.cli.tables import show_json, show_table


@click.group(cls=Group)
def command() -> None:
    """Show and set the insurance pools.

    \b
    utabox insurance set USDT BTCUSDT 1000000
    utabox insurance set USDT ETHUSDT,SOLUSDT 250000
    utabox insurance drop USDT ETHUSDT,SOLUSDT
    """


@command.command("list")
@door_options
def list_pools(doors: Doors, as_json: bool) -> None:
    """List the pools."""
    _show(doors.call("GET", "insurance"), as_json)


@command.command("set", context_settings=NEGATIVE_NUMBERS)
@click.argument("coin", type=coin_name)
@click.argument("symbols")
@click.argument("balance", type=number)
@door_options
def set_pool(doors: Doors, coin: str, symbols: str, balance: str, as_json: bool) -> None:
    """Let the pool of SYMBOLS hold BALANCE of COIN.

    SYMBOLS are one contract or several, with commas, that settle in COIN.
    """
    _show(doors.call("PUT", "insurance", coin, symbols, body={"balance": balance}), as_json)


@command.command("drop")
@click.argument("coin", type=coin_name)
@click.argument("symbols")
@door_options
def drop_pool(doors: Doors, coin: str, symbols: str, as_json: bool) -> None:
    """Dissolve the pool of exactly SYMBOLS; what it holds goes back to the house."""
    _show(doors.call("DELETE", "insurance", coin, symbols), as_json)


def _show(pools: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        show_json(pools)
        return
    show_table(
        ("coin", "symbols", "balance", "updated"),
        [
            (pool["coin"], ",".join(pool["symbols"]), pool["balance"], iso(pool["updatedTime"]))
            for pool in pools
        ],
    )
