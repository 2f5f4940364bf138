"""Which account a handle stands for: after a restore its UID may be another account's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from utabox.pytest_plugin.account import Account


class _Known(NamedTuple):
    """What was known at a snapshot."""

    accounts: dict[str, Account]
    there: dict[int, Account]


class Handles:
    """The handles of one venue. Those of one account have the same `first`.

    Args:
        accounts: Those that have a name, by it; changed in place.
        keys: Key id -> UID, also of keys that are gone; changed in place.
    """

    def __init__(self, accounts: dict[str, Account], keys: dict[str, int]) -> None:
        self._accounts, self._keys = accounts, keys
        self._there: dict[int, Account] = {}  # UID -> the first handle of that account
        self._of_key: dict[str, Account] = {}
        self._at: dict[str, _Known] = {}  # by snapshot

    def learn(self, account: Account) -> Account:
        """Know a new handle; the first one of its account."""
        first = self._there.setdefault(account.uid, account)
        if account.api_key:
            self._keys[account.api_key] = account.uid
            self._of_key[account.api_key] = first
        return first

    def begin(self, uid: int) -> None:
        """Know that the venue has just made this account: older handles of the UID are gone."""
        self._there.pop(uid, None)

    def keep(self, snapshot: str) -> None:
        """Remember what is known now, under the name of a snapshot."""
        self._at[snapshot] = _Known(dict(self._accounts), dict(self._there))

    def go_back(self, snapshot: str, keys: Callable[[], list[Mapping[str, Any]]]) -> None:
        """Know what was known at a snapshot.

        Args:
            keys: All keys of the venue as it is now, for a snapshot that somebody else has made.
        """
        known = self._at.get(snapshot)
        if known is None:
            known = self._found({key["apiKey"]: key["uid"] for key in keys()})
        self._there = dict(known.there)
        accounts = dict(known.accounts)
        self._accounts.clear()
        self._accounts.update(accounts)

    def _found(self, keys: Mapping[str, int]) -> _Known:
        """What is known of a venue with these keys; of an account that has none, all there was."""
        firsts = [first for name, first in self._of_key.items() if keys.get(name) == first.uid]
        accounts = {
            name: account
            for name, account in self._accounts.items()
            if not account.api_key or keys.get(account.api_key) == account.uid
        }
        keyless = [account.first for account in accounts.values() if not account.api_key]
        return _Known(accounts, {first.uid: first for first in [*firsts, *keyless]})

    def is_gone(self, account: Account) -> bool:
        """Whether the venue was restored to before it was made."""
        return self._there.get(account.uid) is not account.first

    def require(self, account: object) -> None:
        """See that something is an account of this venue.

        Raises:
            TypeError, ValueError: it is none at all, or one of another venue.
        """
        of = getattr(account, "exchange", None)
        if of is None:
            name = repr(account) if account in self._accounts else "name"
            raise TypeError(f"{account!r} is no account: give utabox.accounts[{name}], or a UID")
        if of.handles is not self:
            raise ValueError(f"{account!r} is of {of!r}, another exchange: ask its own requests")

    def has_sent(self, account: Account, api_key: str, uid: int) -> bool:
        """Whether a request is of an account, by whichever key.

        Args:
            uid: Of the key that the request named, then.
        """
        first = self._of_key.get(api_key)
        return uid == account.uid and (first is None or first is account.first)
