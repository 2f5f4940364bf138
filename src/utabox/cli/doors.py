"""Calls of a running server's control doors, for the commands that are made of them."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import click

from utabox.cli.explanation import sentence, stopped
from utabox.cli.failure import Failure
from utabox.cli.number import Whole
from utabox.cli.running import running, token_of
from utabox.cli.wire import (
    DOORS_TIMEOUT_S,
    Late,
    Response,
    Unreachable,
    base_url,
    on_this_machine,
    send,
)

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

COMMANDS = {
    "GET /-/loans": "`utabox loan list`",
    "PUT /-/prices/{coin} first": "`utabox price set` it first",
    "give hourlyRate and familyMax": "give --rate and --max",
}
"""What a server's sentences say of its doors -> the same of the commands that go through them."""

_NO_VENUE = re.compile(r"no venue '(.*)': GET /-/venues", re.DOTALL)
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
        self._given = token
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
        if answer.status == 401:
            raise self._kept_out()
        raise Failure(self._told(payload))

    def venues(self) -> list[str]:
        """The names of the server's venues.

        Raises:
            Failure: as `call`.
        """
        known = Doors(self.server, self._token).call("GET", "venues")
        return [str(venue["name"]) for venue in known]

    def _told(self, refusal: Mapping[str, Any]) -> str:
        """Why a call was refused, in a sentence for who typed a command."""
        error, why = str(refusal["error"]), refusal.get("why")
        if missing := _NO_VENUE.fullmatch(error):
            return f"there is no venue {missing[1]!r}: there are {', '.join(self.venues())}."
        told = sentence(why) if why else stopped(for_the_command_line(error))
        for door, command in COMMANDS.items():
            told = told.replace(door, command)
        return told

    def _kept_out(self) -> Failure:
        """That the token is wrong, or that there is none."""
        if self._given is None:
            where = (
                "the server prints where its token is"
                if self._token is None
                else (
                    "the one that was left for you is of another server: its own prints where it is"
                )
            )
            return Failure(
                f"{self.server} asks for its control token: {where}. Give it with --token, or set "
                "UTABOX_TOKEN."
            )
        step = "the server prints where its token is"
        if token_of(self.url) not in (None, self._given):
            step = "leave it out, and the one that your server left for you is used"
        return Failure(
            f"The token that --token or UTABOX_TOKEN gives is not that of {self.server}: {step}."
        )

    def _send(self, method: str, target: str, body: bytes | None) -> Response:
        headers = {"Authorization": f"Bearer {self._token or ''}"}
        try:
            return send(self.url, method, target, headers, body, DOORS_TIMEOUT_S)
        except Late as error:
            raise Failure(
                f"{self.url} is there, but {error}: it may still be at it, so look before you "
                "ask again."
            ) from error
        except Unreachable as error:
            step = instead(self.url, "--url")
            raise Failure(f"No utabox answers at {self.url} ({error}): {step}.") from error

    def _not_ours(self) -> Failure:
        step = instead(self.url, "--url")
        return Failure(f"What answers at {self.url} is no utabox: {step}.")


def instead(url: str, option: str) -> str:
    """What to do where no server of ours answers: which of this user's run elsewhere.

    Args:
        option: What names another.
    """
    others = running() if on_this_machine(url) else []
    if not others:
        return f"start one with `utabox serve`, or name another with {option}"
    run = "one of yours runs" if len(others) == 1 else "yours run"
    return f"{run} at {' and '.join(others)}: `export UTABOX_URL={others[0]}`"


def for_the_command_line(error: str) -> str:
    """A complaint about a body, told of the option or argument that went into it."""
    found = _OF_A_BODY.fullmatch(error)
    if not found:
        return error
    return f"{GIVEN_AS.get(found[2], found[2])}: {found[1]}" if found[2] else found[1]


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
        "--after", default=0, type=Whole(0), help="Only what comes after this one."
    )(function)
    return click.option(
        "--limit", default=PAGE, type=Whole(1, 10_000), show_default=True, help="At most."
    )(function)


def show_more(shown: int, limit: int, option: str) -> None:
    """On stderr, that there may be more than the `limit` that was shown."""
    if shown == limit:
        click.echo(f"more: {option}", err=True)
