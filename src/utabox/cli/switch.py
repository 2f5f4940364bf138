"""utabox switch: how a venue decides and speaks where the exchange's way is not certain."""

from __future__ import annotations

from typing import Any, get_args

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.tables import show_fields, show_json
from utabox.terms import (
    AbsentRecvWindow,
    ExtInfo,
    GetWithBody,
    KeyEnvironments,
    MissingHeaders,
    TextEpoch,
)

NAMES = {
    "textEpoch": "text epoch",
    "wireExact": "wire exact",
    "missingHeaders": "missing headers",
    "absentRecvWindow": "absent recv window",
    "getWithBody": "GET with a body",
    "retExtInfo": "retExtInfo",
    "keyEnvironments": "key environments",
    "upgradeWindowEnforced": "upgrade window",
    "upgradeDelayMs": "upgrade delay, ms",
}
"""Members of the door -> how they are shown."""


@click.command()
@click.option(
    "--text-epoch",
    "textEpoch",
    type=click.Choice(get_args(TextEpoch)),
    help="Which wording 10002 and 10004 have.",
)
@click.option(
    "--wire-exact/--no-wire-exact",
    "wireExact",
    default=None,
    help="Answer account info without retExtInfo and time, as captured.",
)
@click.option(
    "--missing-headers",
    "missingHeaders",
    type=click.Choice(get_args(MissingHeaders)),
    help="Status and body of the answer to a call without authentication headers.",
)
@click.option(
    "--absent-recv-window",
    "absentRecvWindow",
    type=click.Choice(get_args(AbsentRecvWindow)),
    help="Without a recv window: take a signature over 5000, too, or only one over nothing.",
)
@click.option(
    "--get-with-body",
    "getWithBody",
    type=click.Choice(get_args(GetWithBody)),
    help="What becomes of a GET that has a body.",
)
@click.option(
    "--ret-ext-info",
    "retExtInfo",
    type=click.Choice(get_args(ExtInfo)),
    help="What retExtInfo is where the documentation's examples have a text.",
)
@click.option(
    "--key-environments",
    "keyEnvironments",
    type=click.Choice(get_args(KeyEnvironments)),
    help="A key is known under the hosts of its own environment, or of any.",
)
@click.option(
    "--upgrade-window/--no-upgrade-window",
    "upgradeWindowEnforced",
    default=None,
    help="Refuse upgrades from minute 50 to minute 5 of the hour.",
)
@click.option(
    "--upgrade-delay",
    "upgradeDelayMs",
    type=click.IntRange(0, 86_400_000),
    help="Ms that an upgrade takes.",
)
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
        switches = doors.call("PATCH", "switches", body=given)
    if as_json:
        show_json(switches)
        return
    show_fields((shown, switches[member]) for member, shown in NAMES.items())
