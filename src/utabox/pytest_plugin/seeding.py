"""What a venue begins with: a seed, and what a test says beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utabox.pytest_plugin.control import Control, Refused

if TYPE_CHECKING:
    from utabox.seed import Seed

DEMO = "demo"
"""What the account is called that a venue without a seed begins with."""


class Sowing:
    """One seed, on its way to a server.

    Args:
        seed: A file, or what would stand in one; None: an account with money.
        clock, switches: They stand above those of the seed.
    Raises:
        SeedError: it cannot be read, or makes no sense; with its lines.
        ValueError: something of another kind was given.
    """

    def __init__(
        self,
        seed: str | Path | Mapping[str, Any] | None,
        clock: Mapping[str, Any] | None,
        switches: Mapping[str, Any] | None,
    ) -> None:
        self._read: Seed | None = None
        self.object: dict[str, Any] | None = None
        if isinstance(seed, str | Path):
            from utabox.seed import read_seed

            self._read = read_seed(seed)
            self.object = dict(self._read.object)
        elif seed is not None:
            self.object = _members("seed", seed, "the name of a file, or what would stand in it")
        for name, given in (("clock", clock), ("switches", switches)):
            if given is not None:
                self.object = self.object or {}
                beneath = _members(f"{name} of the seed", self.object.get(name) or {})
                self.object[name] = {**beneath, **_members(name, given)}

    def problem(self, refused: Refused) -> Exception:
        """What a server said against it, with the lines of its file."""
        if self._read is None:
            return refused
        return Refused(self._read.located(str(refused)))

    def accounts(
        self, made: Mapping[str, Any], control: Control
    ) -> Iterator[tuple[str, int, str, str]]:
        """Name, UID, key and secret, the first key of an account first.

        Args:
            made: What the door answered that made the venue.
        """
        for sown in made["accounts"]:
            api_key = sown["apiKey"] or ""
            secret = sown["secret"] or self._secret(api_key)
            yield sown["name"], sown["uid"], api_key, secret
        if not made["accounts"]:
            (key,) = control.call("GET", "keys", limit=1)
            yield DEMO, key["uid"], made["apiKey"], made["apiSecret"]

    def _secret(self, api_key: str) -> str:
        """That its author chose for a key."""
        accounts = list((self.object or {}).get("accounts") or [])
        for account in accounts:
            accounts += account.get("subs") or []
            for key in account.get("keys") or []:
                if api_key and str(key.get("apiKey")) == api_key:
                    return str(key.get("secret") or "")
        return ""


def _members(name: str, given: object, wanted: str = "members, such as {'name': 'value'}") -> Any:
    if not isinstance(given, Mapping):
        raise ValueError(f"{name}: {given!r} cannot be used: give {wanted}")
    return dict(given)
