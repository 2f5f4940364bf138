"""utabox fault: add, list, remove."""

from __future__ import annotations

from typing import Any

import click

from utabox.cli.clock import duration
from utabox.cli.doors import Doors, door_options
from utabox.cli.group import Group
from utabox.cli.moment import moment
from utabox.cli.number import Uid, Whole, positive
from utabox.cli.printable import printable
from utabox.cli.tables import show_fields, show_json, show_table

COUNT = Whole(1, 10**9)


@click.group(cls=Group)
def command() -> None:
    """Let the venue fail on purpose.

    Of the faults that are about a request, the first that meets it takes effect.

    \b
    utabox fault add --path /v5/account/info --ret-code 10016 --times 3
    utabox fault add --status 403 --probability 0.1 --seed 7
    utabox fault add --delay 500ms --jitter 200ms
    utabox fault add --path /v5/account/set-margin-mode --executed --close before
    utabox fault list
    utabox fault remove --all
    """


@command.command()
@click.option("--path", metavar="PATH", help="Only requests of PATH; or, ending in *, below it.")
@click.option("--method", type=click.Choice(["GET", "POST"]), help="Only requests of this method.")
@click.option("--uid", type=Uid(), help="Only requests of this account.")
@click.option("--key", metavar="KEY", help="Only requests that name this API key.")
@click.option("--nth", type=COUNT, help="Meet none before the n-th of them.")
@click.option("--every", type=COUNT, metavar="N", help="Meet each N-th of them only.")
@click.option("--times", type=COUNT, help="Meet so many at most.")
@click.option("--probability", type=positive, metavar="P", help="Meet each with probability P.")
@click.option("--seed", type=Whole(0), help="For --probability and --jitter. [default: 0]")
@click.option("--until", type=moment, metavar="TIME", help="ISO 8601 in UTC, or ms: the venue's.")
@click.option("--for", "for_ms", type=duration, metavar="DURATION", help="Such as 90s, or ms.")
@click.option("--ret-code", type=int, help="Answer with this retCode instead.")
@click.option("--ret-msg", metavar="TEXT", help="Its text. [default: what belongs to the code]")
@click.option("--status", type=int, help="Answer with this HTTP status instead.")
@click.option(
    "--body",
    type=click.Choice(["html", "text", "empty"]),
    help="What comes with the status. [default: html; with 200 empty]",
)
@click.option(
    "--executed/--not-executed",
    default=None,
    help="Whether the account sees a request whose answer is lost or replaced. [default: not]",
)
@click.option("--delay", type=duration, metavar="DURATION", help="Hold the answer back so long.")
@click.option("--jitter", type=duration, metavar="DURATION", help="And up to so much longer.")
@click.option(
    "--close",
    type=click.Choice(["before", "middle", "after"]),
    help="Close the connection before, in the middle of or after the answer.",
)
@click.option("--reset", is_flag=True, help="Close with RST.")
@click.option(
    "--drop",
    multiple=True,
    metavar="FIELD",
    help="Leave FIELD out, such as result.list[].coin. Repeatable.",
)
@click.option("--blank", multiple=True, metavar="FIELD", help="Let FIELD be empty. Repeatable.")
@click.option(
    "--retype", multiple=True, metavar="FIELD", help="Let FIELD have another type. Repeatable."
)
@click.option("--no-limit-headers", is_flag=True, help="Leave the rate limit headers out.")
@click.option("--note", metavar="TEXT", help="What it is for.")
@door_options
def add(doors: Doors, as_json: bool, **given: Any) -> None:
    """Order a fault."""
    body = {
        "note": given["note"],
        "apiKey": given["key"],
        "uid": given["uid"],
        "method": given["method"],
        "path": given["path"],
        "nth": given["nth"],
        "every": given["every"],
        "times": given["times"],
        "probability": given["probability"],
        "seed": given["seed"],
        "until": given["until"],
        "forMs": given["for_ms"],
        "retCode": given["ret_code"],
        "retMsg": given["ret_msg"],
        "status": given["status"],
        "body": given["body"],
        "executed": given["executed"],
        "delayMs": given["delay"],
        "jitterMs": given["jitter"],
        "close": given["close"],
        "reset": given["reset"],
        "drop": given["drop"],
        "blank": given["blank"],
        "retype": given["retype"],
        "limitHeaders": not given["no_limit_headers"],
    }
    fault = doors.call("POST", "faults", body=body)
    if as_json:
        show_json(fault)
        return
    show_fields([("id", fault["id"]), ("fault", fault["summary"])])
    for warning in fault.get("warnings", ()):
        click.echo(f"note: {printable(warning)}.", err=True)


@command.command("list")
@door_options
def list_faults(doors: Doors, as_json: bool) -> None:
    """List the faults with their counts."""
    faults = doors.call("GET", "faults")
    if as_json:
        show_json(faults)
        return
    show_table(
        ("id", "matched", "fired", "left", "note", "fault"),
        [
            (
                fault["id"],
                fault["matched"],
                fault["fired"],
                "spent" if fault["spent"] else fault["left"],
                fault["note"],
                fault["summary"],
            )
            for fault in faults
        ],
    )


@command.command()
@click.argument("ids", type=Whole(1), nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="Remove all of them.")
@door_options
def remove(doors: Doors, ids: tuple[int, ...], every: bool, as_json: bool) -> None:
    """Remove the faults with these IDs, or all."""
    if every == bool(ids):
        raise click.UsageError("Name the IDs to remove, or give --all.")
    if every:
        removed = doors.call("DELETE", "faults")["deleted"]
    else:
        removed = [doors.call("DELETE", "faults", str(number))["deleted"] for number in ids]
    if as_json:
        show_json({"deleted": removed})
        return
    click.echo(f"removed: {', '.join(map(str, removed)) or 'none, there were none'}")
