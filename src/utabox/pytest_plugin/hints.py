"""What to do next in a test's words: hints name commands, and a test rather writes Python."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

_PAGE = "docs/control.md says what "
"""Followed by a door's path, and ` takes`. Who has installed us has no such page."""
_COMMAND = re.compile(r"`utabox ([^`]+)`")
_OPTIONS: Mapping[str, tuple[str, object]] = {
    "--leader": ("leader", True),
    "--no-leader": ("leader", False),
    "--freeze": ("frozen", True),
    "--unfreeze": ("frozen", False),
}
"""Of `account set`, those that stand alone -> what `Account.set` takes."""
_REPEATED = {"--dcp": "dcpProducts", "--mmp": "mmpCoins"}
_ADOPTING = "`@pytest.mark.utabox(accept_any_key=True)`"
_ACCOUNT = "account"
"""What is written for an account that has no name here."""


class Hints:
    """Turns commands into what a test of this venue writes, or leads them to the venue.

    Args:
        url: Of the venue.
        names: UID -> what the test calls the account.
        keys: Key id -> UID, of those that the test has.
    """

    def __init__(
        self, url: str, names: Callable[[], Mapping[int, str]], keys: Mapping[str, int]
    ) -> None:
        self._url, self._names, self._keys = url, names, keys

    def uid_of(self, api_key: str) -> int:
        """Whose key it is; 0: not known."""
        return self._keys.get(api_key, 0)

    def text(self, text: str) -> str:
        """A text with its commands as Python."""
        told = _COMMAND.sub(lambda found: f"`{self._instead_of(found[1])}`", without_pages(text))
        return told.replace("--accept-any-key", _ADOPTING)

    def why(self, why: Mapping[str, Any], uid: int) -> dict[str, Any]:
        """The explanation of a refusal.

        Args:
            uid: Who was refused; 0: not known.
        """
        details = dict(why.get("details") or {})
        if "own_why" in details:
            details["own_why"] = self.text(details["own_why"])
        hint = why.get("hint") or ""
        if "venue_clock" in details:
            whom = self._whom(str(uid)) or _ACCOUNT
            hint = f"Use `{whom}.pybit()`, which follows the venue's clock. {hint}"
        if "called_environment" in details and "`utabox account create" in hint:
            called = details["called_environment"]
            mark = f'@pytest.mark.utabox(environment="{called}")'
            hint = f"Mark the test `{mark}`, then its accounts are of {called}. {hint}"
        told = {"rule": self.text(why.get("rule") or ""), "hint": self.text(hint)}
        return {**why, **told, **({"details": details} if details else {})}

    def _instead_of(self, command: str) -> str:
        try:
            words = shlex.split(command)
        except ValueError:
            words = []
        return self._python(words) or _bare(words, command) or f"utabox {command} --url {self._url}"

    def _python(self, words: list[str]) -> str | None:
        """None: there is no such thing, or a test has no name for the account."""
        match words:
            case ["fault", "remove", "--all"]:
                return "utabox.faults.clear()"
            case ["fault", "remove", _]:
                return "fault.remove()"
            case ["fault", "list"]:
                return "list(utabox.faults)"
            case ["price", "list"] | ["price", "set"]:
                return "utabox.prices"
            case ["price", "set", coin, _]:
                return f'utabox.prices["{coin}"] = ...'
            case ["venue", "reset"] | ["venue", "reset", _]:
                return "utabox.reset()"
            case ["clock", "follow"]:
                return "utabox.clock.follow()"
            case ["switch", "--key-environments", value]:
                return f'utabox.switches(keyEnvironments="{value}")'
            case ["serve", "--no-upgrade-window"]:
                return "@pytest.mark.utabox(upgrade_window=False)"
            case ["key", "list"]:
                return 'utabox.control.call("GET", "keys")'
            case ["key", "delete", api_key]:
                return f'utabox.control.call("DELETE", "keys", "{api_key}")'
            case ["account", "list"]:
                return "utabox.accounts"
            case ["account", "create", "--environment", name]:
                return f'utabox.account(environment="{name}")'
        return self._of_account(words)

    def _of_account(self, words: list[str]) -> str | None:
        match words:
            case ["key", "create", "--uid", uid] if whom := self._whom(uid):
                return f"{whom}.key()"
            case ["account", "fund", uid, *rest] if whom := self._whom(uid):
                return f"{whom}.fund({_given(rest)})"
            case ["account", "set", uid, *options] if whom := self._whom(uid):
                return f"{whom}.set({_profile(options)})"
        return None

    def _whom(self, uid: str) -> str | None:
        """What a test writes for an account."""
        if uid == "UID":
            return _ACCOUNT
        name = self._names().get(int(uid)) if uid.isdigit() else None
        if name is None or name.isidentifier():
            return name
        return f"utabox.accounts[{json.dumps(name)}]"


def without_pages(text: str) -> str:
    """A text with what our pages say in their place, as far as it is known here."""
    text = text.replace(" and docs/faults.md say more", " says more")
    said, page, door = text.partition(_PAGE)
    if not page:
        return text
    names = _members(door.removesuffix(" takes"))
    if "it takes " in said or not names:
        return said.rstrip("; :")
    it = "It" if said.endswith("? ") else "it"
    return f"{said}{it} takes {', '.join(names)}."


def _members(path: str) -> tuple[str, ...]:
    """Of the body of a door."""
    from utabox.server.control import find_doors

    bodies = (door.body for door in find_doors() if door.path == path and door.body is not None)
    return next((body.__struct_fields__ for body in bodies), ())


def _given(rest: list[str]) -> str:
    coin = rest[0] if rest else ""
    if not coin:
        return "..."
    return f"{coin}=..." if coin.isidentifier() else f"**{{{json.dumps(coin)}: ...}}"


def _profile(options: list[str]) -> str:
    """The options of `account set` as the arguments of `Account.set`."""
    given: dict[str, object] = {}
    rest = iter(options)
    for option in rest:
        if option in _OPTIONS:
            name, value = _OPTIONS[option]
            given[name] = value
        elif option in _REPEATED:
            listed = given.setdefault(_REPEATED[option], [])
            assert isinstance(listed, list)
            listed.append(next(rest, ""))
        else:
            value = next(rest, "")
            given[option.removeprefix("--")] = int(value) if value.isdigit() else value
    return ", ".join(f"{name}={_quoted(value)}" for name, value in given.items())


def _quoted(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_quoted, value))}]"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _bare(words: list[str], command: str) -> str | None:
    """A command that asks no server."""
    is_bare = words[:1] in (["routes"], ["serve"], ["run"], ["env"]) or words[-1:] == ["--help"]
    return f"utabox {command}" if is_bare else None
