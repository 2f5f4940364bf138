"""utabox env: the lines by which a client is pointed at a server."""

from __future__ import annotations

import shlex
import time
from typing import Any

import click

from utabox.cli.doors import URL, Doors, door_options
from utabox.cli.failure import BadSetting, Failure
from utabox.cli.tables import show_json
from utabox.pointing import CLIENTS, KEY_PLACEHOLDER, SECRET_PLACEHOLDER, Target, lines_for
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET
from utabox.terms import Algorithm

KEYS_READ = 10_000
NOT_LOOKED_UP, UNKNOWN = "not looked up", "unknown"
"""Instead of a key's algorithm: nobody answers, or there is no such key."""


@click.command()
@click.option(
    "--for",
    "client",
    required=True,
    type=click.Choice(list(CLIENTS)),
    help="Whose lines to print.",
)
@click.option("--key", "api_key", help="The API key to use. [default: one that the server has]")
@door_options
def command(doors: Doors, client: str, api_key: str | None, as_json: bool) -> None:
    """Print the lines that point a client at a running server.

    For programs that cannot be started by `utabox run`. Only the published demo secret is filled
    in; a server shows no other.

    \b
    utabox env --for pybit
    utabox env --for freqtrade --venue mine --key myKey0000000000AA
    utabox env --for curl > first-call.sh
    """
    if api_key == "":
        raise BadSetting("--key is empty: give the id of a key, or leave it out.")
    key = _asked_for(doors, api_key)
    target = Target(
        doors.base,
        key["apiKey"] if key else KEY_PLACEHOLDER,
        DEMO_API_SECRET if key and key["apiKey"] == DEMO_API_KEY else SECRET_PLACEHOLDER,
    )
    lines = lines_for(client, target)
    if as_json:
        secret = None if target.secret == SECRET_PLACEHOLDER else target.secret
        show_json(
            {
                "client": client,
                "url": target.url,
                "apiKey": key["apiKey"] if key else None,
                "apiSecret": secret,
                "lines": lines,
            }
        )
    else:
        click.echo(lines, nl=False)
    note = _note(doors, key, target)
    if note:
        click.echo(f"utabox: {note}", err=True)


def _asked_for(doors: Doors, api_key: str | None) -> dict[str, Any] | None:
    """The key to use, by preference one that signs at once; None: the venue has none.

    Raises:
        Failure: no key was named, and nobody answers, or not to this user.
    """
    unfound = {"apiKey": api_key, "uid": None, "algorithm": UNKNOWN}
    try:
        keys: list[dict[str, Any]] = doors.call("GET", "keys", limit=KEYS_READ)
    except Failure:
        if api_key is None:
            raise
        return {**unfound, "algorithm": NOT_LOOKED_UP}
    if api_key is not None:
        return next((key for key in keys if key["apiKey"] == api_key), unfound)
    now = time.time() * 1000
    usable = [key for key in keys if not 0 < key["expiresAt"] <= now]
    return min(usable, key=_rank, default=None)  # of equals: the oldest


def _rank(key: dict[str, Any]) -> int:
    if key["apiKey"] == DEMO_API_KEY:
        return 0
    return 1 if key["algorithm"] == Algorithm.HMAC else 2


def _note(doors: Doors, key: dict[str, Any] | None, target: Target) -> str:
    """What is to be filled in, and how to get it; empty: nothing."""
    if target.secret != SECRET_PLACEHOLDER:
        return ""
    uid = key["uid"] if key else None
    make = f"`utabox key create --uid {'UID' if uid is None else uid}{_elsewhere(doors)}`"
    if key is None:
        return f"There is no key yet: {make} makes one, and shows its secret once."
    if key["algorithm"] == Algorithm.UNCHECKED:
        return f"Signatures of {target.api_key} are not checked: any secret will do."
    if key["algorithm"] == UNKNOWN:
        named = f"{make[:-1]} --key {shlex.quote(target.api_key)}`"
        return (
            f"There is no key {target.api_key} at {doors.base}: {named} makes it, and shows its "
            "secret once. A server that takes any key gives it an account at its first call, "
            "whatever the secret."
        )
    if key["algorithm"] == Algorithm.RSA:
        return (
            f"{target.api_key} signs with an RSA key: give your private key, in PEM, in place of "
            f"{SECRET_PLACEHOLDER}, or {make} makes a key with a secret."
        )
    return (
        f"A server shows no secret again: put that of {target.api_key} in place of "
        f"{SECRET_PLACEHOLDER}, or {make} makes another key."
    )


def _elsewhere(doors: Doors) -> str:
    return "" if doors.base == URL else f" --url {doors.base}"
