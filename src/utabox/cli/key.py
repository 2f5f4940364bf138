"""utabox key: list, create, set, delete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from utabox.cli.doors import Doors, door_options, page_options, show_more
from utabox.cli.failure import Failure
from utabox.cli.group import Group
from utabox.cli.moment import iso, moment
from utabox.cli.number import Uid
from utabox.cli.tables import show_fields, show_json, show_table
from utabox.permissions import PERMISSIONS

LONG_AGO = 1  # ms
PERMISSION = click.Choice([f"{group}:{value}" for group, value, _ in PERMISSIONS])


@click.group(cls=Group)
def command() -> None:
    """Make, change and delete API keys.

    \b
    utabox key create --uid 100000001 --read-only --note dashboard
    utabox key create --uid 100000001 --public-key rsa.pub.pem
    utabox key set utabox0000000000AA --expired
    """


@command.command("list")
@click.option("--uid", default=0, type=Uid(0), help="Only keys of this account.")
@page_options
@door_options
def list_keys(doors: Doors, uid: int, limit: int, after: int, as_json: bool) -> None:
    """List keys, oldest first, without their secrets."""
    keys = doors.call("GET", "keys", uid=uid, limit=limit, after=after)
    if as_json:
        show_json(keys)
        return
    show_table(
        ("key", "uid", "signs with", "read only", "ips", "expires", "note"),
        [
            (
                key["apiKey"],
                key["uid"],
                key["algorithm"],
                key["readOnly"],
                " ".join(key["ips"]) or "any",
                iso(key["expiresAt"]),
                key["note"],
            )
            for key in keys
        ],
    )
    show_more(len(keys), limit, f"--limit {limit * 10}")


@command.command()
@click.option("--uid", required=True, type=Uid(), help="Whose key it is.")
@click.option("--key", "api_key", help="Its id. [default: a random one]")
@click.option(
    "--secret",
    envvar="UTABOX_NEW_SECRET",
    show_envvar=True,
    help="Its secret. Every user of this machine sees it in the process list: rather set the "
    "variable. [default: a random one, shown once]",
)
@click.option(
    "--public-key",
    type=click.Path(dir_okay=False, path_type=Path),
    help="PEM file with the public half of an RSA key pair, instead of a secret.",
)
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    type=PERMISSION,
    metavar="GROUP:VALUE",
    help="Such as Wallet:AccountTransfer; repeatable. [default: all]",
)
@click.option("--read-only", is_flag=True, help="It may change nothing.")
@click.option("--ip", "ips", multiple=True, help="It works from this address only; repeatable.")
@click.option("--note", default="", help="A remark.")
@click.option("--third-party", is_flag=True, help="A third-party application's key.")
@click.option(
    "--expires-at",
    type=moment,
    metavar="TIME",
    help="ISO 8601, ms, or never. [default: in 90 days, never with --ip]",
)
@click.option("--expired", is_flag=True, help="It has expired already.")
@door_options
def create(
    doors: Doors,
    uid: int,
    api_key: str | None,
    secret: str | None,
    public_key: Path | None,
    permissions: tuple[str, ...],
    read_only: bool,
    ips: tuple[str, ...],
    note: str,
    third_party: bool,
    expires_at: int | None,
    expired: bool,
    as_json: bool,
) -> None:
    """Make a key for an account.

    \b
    utabox key create --uid 100000001 --read-only --note dashboard
    utabox key create --uid 100000001 --permission Wallet:AccountTransfer --ip 203.0.113.7
    utabox key create --uid 100000001 --public-key rsa.pub.pem
    utabox key create --uid 100000001 --expires-at 2030-01-01T00:00:00Z
    """
    body = {
        "uid": uid,
        "apiKey": api_key,
        "secret": secret,
        "publicKey": _pem(public_key) if public_key else None,
        "permissions": list(permissions) or None,
        "readOnly": read_only,
        "ips": list(ips),
        "note": note,
        "thirdParty": third_party,
        "expiresAt": _expiry(expires_at, expired),
    }
    _show(doors.call("POST", "keys", body=body), as_json)


@command.command("set")
@click.argument("key")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    type=PERMISSION,
    metavar="GROUP:VALUE",
    help="Instead of those it holds; repeatable.",
)
@click.option("--read-only/--no-read-only", default=None, help="It may change nothing.")
@click.option("--ip", "ips", multiple=True, help="Instead of those it is bound to; repeatable.")
@click.option("--any-ip", is_flag=True, help="Bind it to no address.")
@click.option("--note", help="A remark.")
@click.option("--expires-at", type=moment, metavar="TIME", help="ISO 8601, ms, or never.")
@click.option("--expired", is_flag=True, help="It has expired already.")
@door_options
def change(
    doors: Doors,
    key: str,
    permissions: tuple[str, ...],
    read_only: bool | None,
    ips: tuple[str, ...],
    any_ip: bool,
    note: str | None,
    expires_at: int | None,
    expired: bool,
    as_json: bool,
) -> None:
    """Change what is given of KEY.

    \b
    utabox key set utabox0000000000AA --read-only
    utabox key set utabox0000000000AA --permission Spot:SpotTrade --any-ip
    utabox key set utabox0000000000AA --expired
    """
    if ips and any_ip:
        raise click.UsageError("--ip and --any-ip contradict each other: give one of them.")
    body = {
        "permissions": list(permissions) or None,
        "readOnly": read_only,
        "ips": list(ips) if ips or any_ip else None,
        "note": note,
        "expiresAt": _expiry(expires_at, expired),
    }
    if all(value is None for value in body.values()):
        raise click.UsageError("Nothing is given to set: see --help.")
    _show(doors.call("PATCH", "keys", key, body=body), as_json)


@command.command()
@click.argument("key")
@door_options
def delete(doors: Doors, key: str, as_json: bool) -> None:
    """Delete KEY, at once."""
    answer = doors.call("DELETE", "keys", key)
    if as_json:
        show_json(answer)
    else:
        show_fields([("deleted", answer["deleted"])])


def _expiry(expires_at: int | None, expired: bool) -> int | None:
    if expired and expires_at is not None:
        raise click.UsageError("--expired and --expires-at contradict each other: give one.")
    return LONG_AGO if expired else expires_at


def _pem(file: Path) -> str:
    try:
        return file.read_text("ascii")
    except (OSError, ValueError) as error:
        raise Failure(
            f"{file} cannot be read as PEM ({error}): give a public key's file."
        ) from error


def _show(key: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(key)
        return
    held = [f"{group}:{value}" for group, values in key["permissions"].items() for value in values]
    fields = [("key", key["apiKey"])]
    if "secret" in key:
        fields.append(("secret", key["secret"]))
    show_fields(
        [
            *fields,
            ("uid", key["uid"]),
            ("signs with", key["algorithm"]),
            ("read only", key["readOnly"]),
            ("permissions", " ".join(held) or "none"),
            ("ips", " ".join(key["ips"]) or "any"),
            ("created", iso(key["createdAt"])),
            ("expires", iso(key["expiresAt"])),
            ("note", key["note"]),
        ]
    )
    if "secret" in key:
        click.echo("The secret is not shown again.", err=True)
