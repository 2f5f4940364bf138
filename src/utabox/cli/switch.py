"""utabox switch: how the venue decides where the exchange's rule is not certain."""

from __future__ import annotations

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.tables import show_fields, show_json


@click.command()
@click.option(
    "--upgrade-delay", type=click.IntRange(0, 86_400_000), help="Ms that an upgrade takes."
)
@click.option(
    "--upgrade-window/--no-upgrade-window",
    default=None,
    help="Refuse upgrades from minute 50 to minute 5 of the hour.",
)
@door_options
def command(
    doors: Doors, upgrade_delay: int | None, upgrade_window: bool | None, as_json: bool
) -> None:
    """Show or change uncertain rules.

    How the venue decides where the exchange's rule is not certain.

    \b
    utabox switch
    utabox switch --upgrade-delay 0 --no-upgrade-window
    """
    if upgrade_delay is None and upgrade_window is None:
        switches = doors.call("GET", "switches")
    else:
        body = {"upgradeDelayMs": upgrade_delay, "upgradeWindowEnforced": upgrade_window}
        switches = doors.call("PATCH", "switches", body=body)
    if as_json:
        show_json(switches)
        return
    show_fields(
        [
            ("upgrade delay, ms", switches["upgradeDelayMs"]),
            ("upgrade window", switches["upgradeWindowEnforced"]),
        ]
    )
