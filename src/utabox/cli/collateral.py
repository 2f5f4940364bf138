"""utabox collateral: list, set."""

from __future__ import annotations

from typing import Any

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.group import Group
from utabox.cli.number import NEGATIVE_NUMBERS, Whole
from utabox.cli.number import amount as number
from utabox.cli.number import coin as coin_name
from utabox.cli.tables import show_json, show_table


def tier(value: str) -> dict[str, str]:
    """FROM:RATIO, two numbers."""
    parts = value.split(":")
    if len(parts) != 2:
        raise click.BadParameter(f"{value!r} is no tier: write FROM:RATIO, such as 10:0.95.")
    low, ratio = map(number, parts)
    return {"minQty": low, "ratio": ratio}


@click.group(cls=Group)
def command() -> None:
    """Show and set which coins are collateral, and how.

    \b
    utabox collateral set ETH --capped
    utabox collateral set BTC --tier 0:0.98 --tier 10:0.95
    """


@command.command("list")
@door_options
def list_collateral(doors: Doors, as_json: bool) -> None:
    """List the coins that are collateral."""
    _show(doors.call("GET", "collateral"), as_json)


@command.command("set", context_settings=NEGATIVE_NUMBERS)
@click.argument("coin", type=coin_name)
@click.option(
    "--tier",
    "tiers",
    type=tier,
    multiple=True,
    metavar="FROM:RATIO",
    help="The part of the value of what is held from FROM on; once for each tier, from 0.",
)
@click.option("--on/--off", default=None, help="The switch of accounts that never used it.")
@click.option("--capped/--uncapped", default=None, help="No more of it is taken: colRes 2.")
@click.option("--order", type=Whole(0, 1_000_000), help="Of the sale for a debt: 1 first, 0 last.")
@door_options
def set_collateral(
    doors: Doors,
    coin: str,
    tiers: tuple[dict[str, str], ...],
    on: bool | None,
    capped: bool | None,
    order: int | None,
    as_json: bool,
) -> None:
    """Take COIN as collateral so.

    What is left out stays. A coin that was no collateral needs --tier.
    """
    body = {"tiers": list(tiers) or None, "on": on, "capped": capped, "liquidationOrder": order}
    _show(doors.call("PATCH", "collateral", coin, body=body), as_json)


def _show(collateral: dict[str, dict[str, Any]], as_json: bool) -> None:
    if as_json:
        show_json(collateral)
        return
    show_table(
        ("coin", "on", "capped", "order", "tiers"),
        [
            (coin, how["on"], how["capped"], how["liquidationOrder"], _tiers(how["tiers"]))
            for coin, how in collateral.items()
        ],
    )


def _tiers(tiers: list[dict[str, str]]) -> str:
    return " ".join(f"{each['minQty']}:{each['ratio']}" for each in tiers)
