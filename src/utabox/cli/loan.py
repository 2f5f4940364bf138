"""utabox loan: list, set, end."""

from __future__ import annotations

from typing import Any

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.group import Group
from utabox.cli.number import NEGATIVE_NUMBERS, Whole
from utabox.cli.number import amount as number
from utabox.cli.number import coin as coin_name
from utabox.cli.tables import show_fields, show_json, show_table


def tier(value: str) -> dict[str, str]:
    """LIMIT:IMR:MMR, three numbers."""
    parts = value.split(":")
    if len(parts) != 3:
        raise click.BadParameter(
            f"{value!r} is no tier: write LIMIT:IMR:MMR, such as 390:0.2:0.04."
        )
    limit, imr, mmr = map(number, parts)
    return {"limit": limit, "imr": imr, "mmr": mmr}


@click.group(cls=Group)
def command() -> None:
    """Show and set which coins are lent, and on which terms.

    \b
    utabox loan set BTC --rate 0.00001
    utabox loan set TRX --rate 0.00001 --max 100000
    utabox loan end TRX
    """


@command.command("list")
@door_options
def list_loans(doors: Doors, as_json: bool) -> None:
    """List the coins that are lent."""
    _show(doors.call("GET", "loans"), as_json)


@command.command("set", context_settings=NEGATIVE_NUMBERS)
@click.argument("coin", type=coin_name)
@click.option("--rate", type=number, help="Interest of an hour; 0.01 is 1 %.")
@click.option("--max", "most", type=number, help="Of a master with its subs; 0: no more.")
@click.option("--inventory", type=number, help="Of everybody together.")
@click.option("--call-min", type=number, help="The least in one call.")
@click.option("--call-max", type=number, help="The most in one call.")
@click.option("--decimals", type=Whole(0, 18), help="Of an amount.")
@click.option("--free", type=number, help="Free of interest, of a debt from unrealised losses.")
@click.option(
    "--tier",
    "tiers",
    type=tier,
    multiple=True,
    metavar="LIMIT:IMR:MMR",
    help="Margin rates of a debt up to LIMIT; once for each tier, by rising limit.",
)
@door_options
def set_loan(
    doors: Doors,
    coin: str,
    rate: str | None,
    most: str | None,
    inventory: str | None,
    call_min: str | None,
    call_max: str | None,
    decimals: int | None,
    free: str | None,
    tiers: tuple[dict[str, str], ...],
    as_json: bool,
) -> None:
    """Lend COIN so; amounts are in the coin.

    What is left out stays. A coin that was not lent needs --rate and --max.
    """
    body = {
        "hourlyRate": rate,
        "familyMax": most,
        "inventory": inventory,
        "callMin": call_min,
        "callMax": call_max,
        "decimals": decimals,
        "freeLimit": free,
        "tiers": list(tiers) or None,
    }
    _show(doors.call("PUT", "loans", coin, body=body), as_json)


@command.command("end")
@click.argument("coin", type=coin_name)
@door_options
def end_loan(doors: Doors, coin: str, as_json: bool) -> None:
    """Lend COIN no more; first all of it must be repaid."""
    ended = doors.call("DELETE", "loans", coin)
    if as_json:
        show_json(ended)
    else:
        show_fields([("not lent", ended["deleted"])])


def _show(loans: dict[str, dict[str, Any]], as_json: bool) -> None:
    if as_json:
        show_json(loans)
        return
    columns = ("coin", "rate an hour", "max", "inventory", "call min", "call max", "tiers")
    members = ("hourlyRate", "familyMax", "inventory", "callMin", "callMax")
    show_table(
        columns,
        [
            (coin, *(terms[name] for name in members), _tiers(terms["tiers"]))
            for coin, terms in loans.items()
        ],
    )


def _tiers(tiers: list[dict[str, str]]) -> str:
    return " ".join(f"{each['limit']}:{each['imr']}:{each['mmr']}" for each in tiers)
