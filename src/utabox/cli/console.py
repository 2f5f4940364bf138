"""utabox console: let a browser in."""

from __future__ import annotations

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.tables import show_json


@click.command()
@click.option("--open", "opens", is_flag=True, help="Open it in this machine's browser.")
@door_options
def command(doors: Doors, opens: bool, as_json: bool) -> None:
    """Print where the console is, and a code that lets a browser in.

    The code is good once, for two minutes. The console shows requests as they happen with the
    cause of every refusal, accounts and their past, the clock, faults and venues.

    \b
    utabox console
    utabox console --open
    """
    made = doors.call("POST", "session-codes")
    url = f"{doors.server}/-/console"
    if as_json:
        show_json({"url": url, **made})
    else:
        click.echo(f"{url}\n\ncode: {made['code']}   good once, for {made['seconds']} seconds")
    if opens:
        click.launch(url)  # without the code: others could read it in the list of processes
