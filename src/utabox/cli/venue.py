"""utabox venue: list, create, show, seed, snapshot, restore, reset, drop."""

from __future__ import annotations

from typing import Any, Self

import click

from utabox.cli.doors import Doors, door_options
from utabox.cli.failure import Failure
from utabox.cli.group import Group
from utabox.cli.moment import iso
from utabox.cli.tables import show_fields, show_json, show_table
from utabox.terms import Environment


@click.group(cls=Group)
def command() -> None:
    """Make, keep, restore and drop isolated exchanges.

    A venue has accounts, keys, prices, time and faults of its own. A key belongs to one venue, so
    a signed request finds its venue; unsigned ones find it by its base URL. The other commands act
    in it with --venue NAME.

    \b
    utabox venue create mine
    utabox account fund 100000001 USDT 500 --venue mine
    utabox venue snapshot mine before-the-crash
    utabox venue restore mine before-the-crash
    utabox venue reset mine
    utabox venue drop mine
    """


@command.command("list")
@door_options
def list_venues(doors: Doors, as_json: bool) -> None:
    """List the venues."""
    venues = doors.call("GET", "venues")
    if as_json:
        show_json(venues)
        return
    show_table(
        ("name", "accounts", "keys", "entries", "time", "requests", "snapshots"),
        [
            (
                venue["name"],
                venue["accounts"],
                venue["keys"],
                venue["seq"],
                iso(venue["time"]),
                venue["requests"],
                ", ".join(venue["snapshots"]),
            )
            for venue in venues
        ],
    )


@command.command()
@click.argument("name", required=False)
@click.option("--keep", is_flag=True, help="Keep it with the server's data, over a restart.")
@click.option(
    "--environment",
    type=click.Choice([str(each) for each in Environment]),
    help="Which of the exchange's it is. [default: as the server is]",
)
@click.option("--seed", metavar="FILE", help="Fill it by a YAML or TOML file.")
@door_options
def create(
    doors: Doors,
    name: str | None,
    keep: bool,
    environment: str | None,
    seed: str | None,
    as_json: bool,
) -> None:
    """Make a venue: with one account that has money, or as a seed says.

    Without NAME it gets a random one.
    """
    body = {"name": name, "memory": not keep, "environment": environment}
    with _Seeding(seed) as seeding:
        made = doors.call("POST", "venues", body={**body, "seed": seeding.content})
    if as_json:
        show_json(made)
        return
    venue = made["venue"]
    show_fields(
        [
            ("name", venue["name"]),
            ("base URL", doors.server + venue["path"]),
            ("API key", made["apiKey"] or "none"),
            ("secret, shown once", made["apiSecret"] or "the seed has it"),
        ]
    )
    if made["accounts"]:
        _show_sown(made["accounts"])


@command.command()
@click.argument("name")
@click.argument("seed", metavar="FILE")
@door_options
def seed(doors: Doors, name: str, seed: str, as_json: bool) -> None:
    """Make in NAME what FILE says, beside what is there: all of it or nothing."""
    with _Seeding(seed) as seeding:
        sown = doors.call("POST", "venues", name, "seed", body={"seed": seeding.content})
    if as_json:
        show_json(sown)
    else:
        _show_sown(sown)


@command.command()
@click.argument("name")
@door_options
def show(doors: Doors, name: str, as_json: bool) -> None:
    """Show a venue."""
    _show(doors, doors.call("GET", "venues", name), as_json)


@command.command()
@click.argument("name")
@click.argument("snapshot")
@door_options
def snapshot(doors: Doors, name: str, snapshot: str, as_json: bool) -> None:
    """Keep the venue NAME as it is now, as SNAPSHOT.

    The snapshot `start` is there already: the venue as it was made, to which `utabox venue reset`
    goes back. No other can have its name.
    """
    _show(doors, doors.call("PUT", "venues", name, "snapshots", snapshot), as_json)


@command.command()
@click.argument("name")
@click.argument("snapshot")
@door_options
def restore(doors: Doors, name: str, snapshot: str, as_json: bool) -> None:
    """Let NAME be as it was in SNAPSHOT; what came after is gone."""
    _show(doors, doors.call("POST", "venues", name, "snapshots", snapshot, "restore"), as_json)


@command.command()
@click.argument("name")
@click.argument("snapshot")
@door_options
def discard(doors: Doors, name: str, snapshot: str, as_json: bool) -> None:
    """Forget SNAPSHOT of NAME."""
    _show(doors, doors.call("DELETE", "venues", name, "snapshots", snapshot), as_json)


@command.command()
@click.argument("name", default="default")
@door_options
def reset(doors: Doors, name: str, as_json: bool) -> None:
    """Let NAME, or the default venue, be as it was when it was made."""
    _show(doors, doors.call("POST", "venues", name, "reset"), as_json)


@command.command()
@click.argument("name")
@door_options
def drop(doors: Doors, name: str, as_json: bool) -> None:
    """Forget NAME with all that is in it."""
    dropped = doors.call("DELETE", "venues", name)
    if as_json:
        show_json(dropped)
    else:
        click.echo(f"{dropped['dropped']} is gone.")


def _show(doors: Doors, venue: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(venue)
        return
    show_fields(
        [
            ("name", venue["name"]),
            ("base URL", doors.server + venue["path"]),
            ("kept", not venue["memory"]),
            ("accounts", venue["accounts"]),
            ("keys", venue["keys"]),
            ("entries", venue["seq"]),
            ("time", iso(venue["time"])),
            ("requests", venue["requests"]),
            ("snapshots", ", ".join(venue["snapshots"])),
        ]
    )


class _Seeding:
    """A seed file on its way through a door; what the server says of it is told with its lines."""

    def __init__(self, path: str | None) -> None:
        from utabox.seed import SeedError, read_seed

        try:
            self._seed = None if path is None else read_seed(path)
        except SeedError as error:
            raise Failure(str(error)) from error

    @property
    def content(self) -> Any:
        return None if self._seed is None else self._seed.object

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self._seed is not None and isinstance(error, Failure):
            raise Failure(self._seed.located(error.message)) from error


def _show_sown(sown: list[dict[str, Any]]) -> None:
    show_table(
        ("name", "uid", "API key", "secret, shown once"),
        [
            (known["name"], known["uid"], known["apiKey"] or "", known["secret"] or "")
            for known in sown
        ],
    )
