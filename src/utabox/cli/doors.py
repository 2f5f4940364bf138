"""Calls of a running server's control doors, for the commands that are made of them."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import click

from utabox.cli.failure import Failure
from utabox.cli.running import token_of
from utabox.cli.wire import Response, Unreachable, base_url, send

URL = "http://127.0.0.1:8505"
PAGE = 100

GIVEN_AS = {
    "amount": "AMOUNT",
    "apiKey": "--key",
    "balance": "BALANCE",
    "blank": "--blank",
    "body": "--body",
    "callMax": "--call-max",
    "callMin": "--call-min",
    "close": "--close",
    "coin": "COIN",
    "dcpProducts": "--dcp",
    "decimals": "--decimals",
    "delayMs": "--delay",
    "drop": "--drop",
    "every": "--every",
    "executed": "--executed",
    "expiresAt": "--expires-at",
    "familyMax": "--max",
    "forMs": "--for",
    "freeLimit": "--free",
    "frozen": "--freeze",
    "hourlyRate": "--rate",
    "inventory": "--inventory",
    "inviterUid": "--inviter",
    "ips": "--ip",
    "jitterMs": "--jitter",
    "kind": "--kind",
    "leader": "--leader",
    "limitHeaders": "--no-limit-headers",
    "liquidationOrder": "--order",
    "method": "--method",
    "note": "--note",
    "nth": "--nth",
    "parentUid": "--parent",
    "path": "--path",
    "permissions": "--permission",
    "price": "USD",
    "probability": "--probability",
    "publicKey": "--public-key",
    "readOnly": "--read-only",
    "reset": "--reset",
    "retCode": "--ret-code",
    "retMsg": "--ret-msg",
    "retype": "--retype",
    "secret": "--secret",
    "seed": "--seed",
    "smpGroup": "--smp-group",
    "status": "--status",
    "tiers": "--tier",
    "times": "--times",
    "uid": "--uid",
    "until": "--until",
    "upgradeDelayMs": "--upgrade-delay",
    "vipLevel": "--vip",
}
"""Members of the doors' bodies -> how the command line spells them."""

_OF_A_BODY = re.compile(r"(.*?)(?: - at `\$\.(\w+)[^`]*`)?: (?:docs/control\.md|see `utabox).*")


class Doors:
    """The doors of one venue, and those of its server.

    Args:
        url: The server's, or a venue's base URL.
        token: None: the one that the server left for this user.
        venue: None: the one that `url` names, or the default one.
    """

    def __init__(self, url: str, token: str | None, venue: str | None = None) -> None:
        self.url = url
        parts = urlsplit(url)
        self.server = f"{parts.scheme}://{parts.netloc}"
        """The server's URL, without a venue."""
        self._token = token or token_of(url)
        self._path = f"/venues/{quote(venue, safe='')}" if venue else parts.path

    @property
    def base(self) -> str:
        """The base URL of the venue, by which clients call it."""
        return self.server + self._path

    def call(
        self,
        method: str,
        *parts: str,
        body: Mapping[str, Any] | None = None,
        **query: object,
    ) -> Any:
        """Enter `/-/` + parts and return what it answers.

        Args:
            body: Members that are None are left out.
        Raises:
            Failure: no server, no token, or a refusal with its reason.
        """
        target = self._path + "/-/" + "/".join(quote(part, safe="") for part in parts)
        if query:
            target += "?" + urlencode(query)
        given = {name: value for name, value in (body or {}).items() if value is not None}
        answer = self._send(
            method, target, json.dumps(given).encode() if body is not None else None
        )
        try:
            payload = json.loads(answer.body)
        except ValueError as error:
            raise self._not_ours() from error
        if answer.status == 200:
            return payload
        if not isinstance(payload, dict) or "error" not in payload:
            raise self._not_ours()
        raise Failure(_sentence(for_the_command_line(str(payload["error"]))))

    def _send(self, method: str, target: str, body: bytes | None) -> Response:
        headers = {"Authorization": f"Bearer {self._token or ''}"}
        try:
            return send(self.url, method, target, headers, body)
        except Unreachable as error:
            raise Failure(
                f"No utabox answers at {self.url} ({error}): start one with `utabox serve`, or "
                "name another with --url."
            ) from error

    def _not_ours(self) -> Failure:
        return Failure(f"What answers at {self.url} is no utabox: name another with --url.")


def for_the_command_line(error: str) -> str:
    """A complaint about a body, told of the option or argument that went into it."""
    found = _OF_A_BODY.fullmatch(error)
    if not found:
        return error
    return f"{GIVEN_AS.get(found[2], found[2])}: {found[1]}" if found[2] else found[1]


def _sentence(error: str) -> str:
    return error if error.endswith((".", "!", "?")) else f"{error}."


def door_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add --url, --venue, --token and --json; `function` gets `doors` and `as_json`."""

    @click.option(
        "--url",
        type=base_url,
        metavar="URL",
        default=URL,
        envvar="UTABOX_URL",
        show_default=True,
        show_envvar=True,
        help="The server to talk to.",
    )
    @click.option(
        "--venue",
        metavar="NAME",
        envvar="UTABOX_VENUE",
        show_envvar=True,
        help="One of its venues. [default: the one that --url names, or the default one]",
    )
    @click.option(
        "--token",
        envvar="UTABOX_TOKEN",
        show_envvar=True,
        help="Its control token. [default: the one that a server of yours left for you]",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @functools.wraps(function)
    def with_doors(
        *args: Any, url: str, venue: str | None, token: str | None, **options: Any
    ) -> None:
        function(*args, doors=Doors(url, token, venue), **options)

    return with_doors


def page_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add --limit and --after."""
    function = click.option(
        "--after", default=0, type=click.IntRange(0), help="Only what comes after this one."
    )(function)
    return click.option(
        "--limit", default=PAGE, type=click.IntRange(1, 10_000), show_default=True, help="At most."
    )(function)


def show_more(shown: int, limit: int, option: str) -> None:
    """On stderr, that there may be more than the `limit` that was shown."""
    if shown == limit:
        click.echo(f"more: {option}", err=True)
