"""What the fixture `utabox` is: an exchange of the test's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from utabox.pytest_plugin.account import Account, kind_of, only_coins
from utabox.pytest_plugin.clock import Clock, milliseconds_of
from utabox.pytest_plugin.control import Refused, says_it_all
from utabox.pytest_plugin.faults import Faults
from utabox.pytest_plugin.handles import Handles
from utabox.pytest_plugin.hints import Hints
from utabox.pytest_plugin.prices import Prices
from utabox.pytest_plugin.programs import Program, Programs
from utabox.pytest_plugin.seeding import Sowing
from utabox.pytest_plugin.servers import Place
from utabox.pytest_plugin.traffic import Log, Requests

__tracebackhide__ = says_it_all

FROZEN = "frozen"
START = "start"
"""The snapshot that `reset` restores: the venue as it was made."""
SeedLike = str | Path | Mapping[str, Any]
ClockLike = str | int | datetime | Mapping[str, Any]
OPTIONS = ("name", "kind", "vip", "leader", "parent", "environment", "funds", "key")
"""Of an account; any other keyword is a coin."""


class Accounts(dict[str, Account]):
    """The accounts that the test or its seed made, by name."""

    def __missing__(self, name: str) -> Account:
        known = ", ".join(self) or "none"
        raise KeyError(
            f"there is no account {name!r}: there are {known}; utabox.account() makes one"
        )


class Exchange:
    """A venue: accounts, keys, prices, time, faults and a log that nobody else has.

    Args:
        name: Of the venue; None: a random one.
        seed: A file, or what would stand in one.
        environment: `mainnet`, `testnet`, `demo` or `testnet-demo`; None: the server's.
        clock: A time, at which it stands; `"frozen"`; or as in a seed. None: the machine's.
        switches: As in a seed.
    Raises:
        SeedError: the seed, clock or switches make no sense.
        Refused: the server did not make it.
    """

    def __init__(
        self,
        place: Place,
        name: str | None = None,
        *,
        seed: SeedLike | None = None,
        environment: str | None = None,
        clock: ClockLike | None = None,
        switches: Mapping[str, Any] | None = None,
    ) -> None:
        sowing = Sowing(seed, _clock(clock), switches)
        body = {"name": name, "environment": environment, "seed": sowing.object}
        try:
            made = place.control.call("POST", "venues", body=body)
        except Refused as refused:
            raise sowing.problem(refused) from refused
        self._ending = ExitStack()
        self._place = place
        self.is_there = True
        self.keeps_words: Callable[[], bool] = lambda: False
        """Whether somebody may ask for its requests after it was dropped."""
        self.last_words = ""
        """Its requests as a table, where somebody does."""
        self._account_count = 0
        self.name: str = made["venue"]["name"]
        self.path: str = made["venue"]["path"]
        self.server_url = place.url
        self.url = place.url + self.path
        """The base URL for clients; signed calls find the venue at `server_url`, too."""
        self.accounts = Accounts()
        keys: dict[str, int] = {}
        self.handles = Handles(self.accounts, keys)
        self.hints = Hints(self.url, self._names, keys)
        self.control = place.control.of(self.path, self.hints.text)
        """The doors of the venue: `control.call("PUT", "loans", "BTC", body={...})`."""
        for name_, uid, api_key, secret in sowing.accounts(made, self.control):
            self.accounts.setdefault(name_, Account(self, name_, uid, api_key, secret))
        self.handles.keep(START)
        self.clock = Clock(self.control)
        self.faults = Faults(self.control)
        self.prices = Prices(self.control)
        self.programs = Programs()
        self._log = Log(self.control, self.hints)
        self.requests = Requests(self._log, self._names, self.handles)

    def __repr__(self) -> str:
        return f"<utabox venue {self.name} at {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self.keep_words()
        self.drop()

    def drop(self) -> None:
        """Forget the venue and all that is in it, and close the clients that it gave out."""
        if self.is_there:
            try:
                self.leave()
            finally:
                if self.keeps_words():
                    self.keep_words()
                self.is_there = False
                self._place.control.call("DELETE", "venues", self.name)

    def leave(self) -> None:
        """Close the clients that it gave out, and end the programs."""
        self._ending.close()

    def keep_words(self) -> None:
        """Remember its requests for a report, and faults that none has met; what becomes of a test
        does not depend on it."""
        if self.is_there:
            try:
                unmet = self.faults.unmet()
                self.last_words = "\n".join([self.requests.everything(), *unmet])
            except Exception as error:
                self.last_words = f"The requests of {self!r} cannot be told: {error}"

    def at_end(self, close: Callable[[], Any]) -> None:
        """Call `close` before the venue is dropped."""
        self._ending.callback(close)

    def _names(self) -> dict[int, str]:
        return {account.uid: name for name, account in self.accounts.items()}

    # --- who is there ---------------------------------------------------------------------

    def account(
        self,
        name: str | None = None,
        *,
        kind: int | str = "uta2",
        vip: str | None = None,
        leader: bool = False,
        parent: Account | int = 0,
        environment: str | None = None,
        funds: Mapping[str, Any] | None = None,
        key: Mapping[str, Any] | None = None,
        **coins: Any,
    ) -> Account:
        """Open an account with a key.

        Args:
            name: What this test calls it; None: `account-1` and so on.
            kind: `classic`, `uta1`, `uta1-pro`, `uta2`, `uta2-pro`, or `unifiedMarginStatus`.
            leader: Whether it is a master trader.
            parent: Its master, of a sub-account.
            funds: Money by wallet, as `{"FUND": {"USDT": "5"}}`.
            key: Members of the door POST /-/keys, such as `{"readOnly": True}`.
            coins: Money in the wallet that it trades from, as `USDT="1000"`.
        Raises:
            TypeError: there is no such option.
        """
        only_coins(coins, OPTIONS)
        self._account_count += 1
        name = name or f"account-{self._account_count}"
        if name in self.accounts:
            raise ValueError(f"there is an account {name!r} already: utabox.accounts[{name!r}]")
        body = {
            "kind": kind_of(kind),
            "vipLevel": vip,
            "parentUid": parent.uid_here(self) if isinstance(parent, Account) else parent,
            "environment": environment,
        }
        given = {member: value for member, value in body.items() if value is not None}
        uid = int(self.control.call("POST", "accounts", body=given)["uid"])
        self.handles.begin(uid)
        account = Account(self, name, uid).key(**(key or {}))
        if leader:
            account.set(leader=True)
        account.fund(**coins)
        for wallet, amounts in (funds or {}).items():
            account.fund(wallet=wallet, **amounts)
        self.accounts[name] = account
        return account

    # --- what it is like ------------------------------------------------------------------

    @property
    def info(self) -> dict[str, Any]:
        """The venue as the doors show it: its name, time, count of accounts, keys and requests."""
        info: dict[str, Any] = self._place.control.call("GET", "venues", self.name)
        return info

    def switches(self, **given: Any) -> dict[str, Any]:
        """How it decides and speaks where the exchange's way is not certain; set what is given,
        such as `textEpoch="2023"`."""
        method, body = ("PATCH", given) if given else ("GET", None)
        switches: dict[str, Any] = self.control.call(method, "switches", body=body)
        return switches

    def snapshot(self, name: str) -> str:
        """Keep the venue as it is, under a name."""
        self._place.control.call("PUT", "venues", self.name, "snapshots", name)
        self.handles.keep(name)
        return name

    def restore(self, name: str) -> None:
        """Let it be as it was at a snapshot, `accounts` too; what was sent since still counts."""
        self._place.control.call("POST", "venues", self.name, "snapshots", name, "restore")
        self._went_back(name)

    def reset(self) -> None:
        """Let it be as it was when it was made, with its seed; what was sent counts no more."""
        self._place.control.call("POST", "venues", self.name, "reset")
        self._went_back(START)
        self.requests.clear()

    def _went_back(self, snapshot: str) -> None:
        keys = partial(self.control.call, "GET", "keys", limit=10_000)
        self.handles.go_back(snapshot, keys)
        self.clock.look()

    # --- programs -------------------------------------------------------------------------

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        account: Account | None = None,
        check: bool = False,
        **options: Any,
    ) -> subprocess.CompletedProcess[Any]:
        """Run a program to its end under redirection: the exchange's own hosts lead here. The
        report of a failure has what it printed.

        Args:
            argv: The program and its arguments, as it would be started in production.
            account: Who it is; its key and secret are in BYBIT_API_KEY and BYBIT_API_SECRET.
            check: Whether an exit code other than 0 raises CalledProcessError.
            options: Of `subprocess.run`; by default output is captured as text, and it may take
                60 s.
        Raises:
            FileNotFoundError: there is no such program.
        """
        given = {**self._options(account, options), "timeout": 60, **options}
        return self.programs.run([*map(str, argv)], self.argv(argv), check, given)

    def start(
        self, argv: Sequence[str | Path], *, account: Account | None = None, **options: Any
    ) -> Program:
        """Start a program under redirection, as `run`; it is terminated after the test, if it still
        runs then. What it prints is in its `out` and `err`, unless `options` lead it
        elsewhere."""
        given = {"env": self.env(account), **options}
        program = self.programs.start([*map(str, argv)], self.argv(argv), given)
        self.at_end(program.end)
        return program

    def argv(self, argv: Sequence[str | Path]) -> list[str]:
        """How a program is started under redirection; UTABOX_TOKEN must be set, see `env`."""
        ours = [sys.executable, "-m", "utabox", "run", "--url", self.server_url]
        return [*ours, "--venue", self.name, "--", *map(str, argv)]

    def env(self, account: Account | None = None, **more: str) -> dict[str, str]:
        """The environment for `argv`."""
        someone = account or next(iter(self.accounts.values()))
        return someone.env(UTABOX_TOKEN=self._place.token, **more)

    def _options(self, account: Account | None, options: Mapping[str, Any]) -> dict[str, Any]:
        usual = {"capture_output": True, "text": True, "env": self.env(account)}
        if "stdout" in options or "stderr" in options:
            usual["capture_output"] = False
        return {**usual, **options}


def _clock(clock: ClockLike | None) -> dict[str, Any] | None:
    """As in a seed."""
    if clock is None or isinstance(clock, Mapping):
        return None if clock is None else dict(clock)
    if clock == FROZEN:
        return {"speed": "0"}
    return {"time": str(milliseconds_of(clock)), "speed": "0"}
