"""Do what a seed says: by the doors and by the exchange's own commands, all of it or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from utabox.demo import Credentials, open_market
from utabox.engine.account.hedging import SetHedgingMode
from utabox.engine.account.loan import Borrow
from utabox.engine.account.margin_mode import SetMarginMode
from utabox.engine.rules import Rejected
from utabox.seed.content import KeySeed, SubSeed
from utabox.seed.nodes import Place
from utabox.seed.reading import Seed, named
from utabox.seed.rehearsal import Rehearsal, rehearsing
from utabox.server.clock_doors import ClockChange, change_clock
from utabox.server.doors import (
    Funding,
    MarkPrice,
    NewAccount,
    NewKey,
    PoolBalance,
    Price,
    Profile,
    create_account,
    create_key,
    fund,
    set_mark,
    set_pool,
    set_price,
    set_profile,
)
from utabox.server.fault_doors import NewFault, add_fault
from utabox.server.loan_doors import set_collateral, set_loan
from utabox.server.switch_doors import set_switches
from utabox.terms import AccountType
from utabox.venues import Venue

PROFILE = ("leader", "smpGroup", "dcpProducts", "mmpCoins", "frozen")
"""What the exchange decides about an account, set one by one so that a refusal has its line."""


class Sown(msgspec.Struct, frozen=True):
    """One key of an account that a seed has made; the account alone, if it has none."""

    name: str
    uid: int
    apiKey: str | None
    secret: str | None  # that was made up here; one that the seed's author chose is not told


def sow(
    venue: Venue,
    seed: Seed,
    key: Credentials | None = None,
    finish: Callable[[Venue], None] = lambda _: None,
) -> list[Sown]:
    """Let `venue` be as the seed says, beside what is in it; a venue without prices is given the
    usual market first.

    Args:
        key: What the first account that names no keys gets in place of a random one.
        finish: Does what else belongs to it, and raises if the venue may not be so.
    Returns:
        The accounts in the seed's order, each master before its subs.
    Raises:
        SeedError: the exchange could not be so, in the words of the rule; nothing was changed.
        Exception: what `finish` raises; nothing was changed.
    """
    with rehearsing(venue) as (stage, runtime):
        sown = _Sowing(stage, runtime, seed, key).sow()
        finish(stage)
    try:
        venue.runtime.repeat(runtime.steps)
    except Rejected as rejected:  # there is no room for it
        raise seed.problem((), _sentence(rejected)) from rejected
    return sown


class _Sowing:
    """One seed on its way into one venue."""

    def __init__(
        self, venue: Venue, runtime: Rehearsal, seed: Seed, key: Credentials | None
    ) -> None:
        self.venue, self.runtime, self.seed, self.key = venue, runtime, seed, key
        self.content = seed.content
        self.sown: list[Sown] = []
        self.uids: dict[str, int] = {}

    def sow(self) -> list[Sown]:
        self._set_clock()
        if not self.runtime.state.index_prices:
            open_market(self.venue)
        if self.content.switches is not None:
            with self._at("switches"):
                set_switches(self.venue, self.content.switches)
        self._set_market()
        self._open_accounts()
        self._order_faults()
        return self.sown

    @contextmanager
    def _at(self, *place: str | int) -> Iterator[None]:
        """Tell of a refusal where it is about."""
        try:
            yield
        except Rejected as rejected:
            raise self.seed.problem(place, _sentence(rejected)) from rejected
        except ValueError as error:
            raise self.seed.problem(place, str(error)) from error

    def _set_clock(self) -> None:
        clock, state = self.content.clock, self.runtime.state
        if clock is None:
            return
        if clock.time is not None:
            time = clock.time.at(self.runtime.advance())
            with self._at("clock", "time"):
                if time <= 0:
                    raise ValueError("a venue's time is after 1970 began: give a later one")
                if state.accounts or state.timers:
                    change_clock(self.venue, ClockChange(time=time))
                else:  # nobody has been told a time here that it could fall behind
                    self.runtime.begin(time)
        if clock.speed is not None:
            with self._at("clock", "speed"):
                change_clock(self.venue, ClockChange(speed=clock.speed))
        self.runtime.advance()

    def _set_market(self) -> None:
        venue, content = self.venue, self.content
        for coin, price in content.prices.items():
            with self._at("prices", coin):
                set_price(venue, coin, Price(price))
        for category, marks in content.marks.items():
            for symbol, price in marks.items():
                with self._at("marks", category, symbol):
                    set_mark(venue, category, symbol, MarkPrice(price))
        for coin, loan in content.loans.items():
            with self._at("loans", coin):
                set_loan(venue, coin, loan)
        for coin, collateral in content.collateral.items():
            with self._at("collateral", coin):
                set_collateral(venue, coin, collateral)
        for coin, pools in content.insurance.items():
            for symbols, balance in pools.items():
                with self._at("insurance", coin, symbols):
                    set_pool(venue, coin, symbols.replace(" ", ""), PoolBalance(balance))

    def _open_accounts(self) -> None:
        master = 0
        for name, place, account in named(self.content):
            uid = self._open(account, place, 0 if len(place) == 2 else master)
            master = uid if len(place) == 2 else master
            self.uids[name] = uid
            self._fund(account, place, uid)
            self._settle(account, place, uid)
            self._give_keys(name, account, place, uid)

    def _open(self, account: SubSeed, place: Place, master: int) -> int:
        wanted = NewAccount(
            kind=account.kind,
            parentUid=master,
            uid=account.uid,
            vipLevel=account.vip,
            environment=account.environment,
            memberType=account.memberType,
        )
        with self._at(*place, *(["uid"] if account.uid else [])):
            return create_account(self.venue, wanted).uid

    def _fund(self, account: SubSeed, place: Place, uid: int) -> None:
        for coin, amount in account.balances.items():
            with self._at(*place, "balances", coin):
                fund(self.venue, str(uid), Funding(coin, amount))
        for coin, amount in account.bonus.items():
            with self._at(*place, "bonus", coin):
                fund(self.venue, str(uid), Funding(coin, amount, bonus=True))
        for wallet, amounts in account.wallets.items():
            for coin, amount in amounts.items():
                with self._at(*place, "wallets", wallet.value, coin):
                    fund(self.venue, str(uid), Funding(coin, amount, AccountType(wallet)))

    def _settle(self, account: SubSeed, place: Place, uid: int) -> None:
        """Its profile, its modes and its debts, in this order: later ones follow from earlier."""
        for member in PROFILE:
            if (value := getattr(account, member)) is not None:
                with self._at(*place, member):
                    set_profile(self.venue, str(uid), Profile(**{member: value}))
        if account.marginMode is not None:
            with self._at(*place, "marginMode"):
                self.runtime.execute(SetMarginMode(uid, account.marginMode))
        if account.spotHedging is not None:
            with self._at(*place, "spotHedging"):
                self.runtime.execute(SetHedgingMode(uid, account.spotHedging))
        for coin, amount in account.borrowed.items():
            with self._at(*place, "borrowed", coin):
                self.runtime.execute(Borrow(uid, coin, amount))

    def _give_keys(self, name: str, account: SubSeed, place: Place, uid: int) -> None:
        if account.keys is None:
            with self._at(*place):
                self.sown.append(self._key_of_its_own(name, uid))
            return
        for at, key in enumerate(account.keys):
            with self._at(*place, "keys", at):
                made = create_key(self.venue, self._wanted(uid, key))
                self.sown.append(Sown(name, uid, made.apiKey, made.secret))
        if not account.keys:
            self.sown.append(Sown(name, uid, None, None))

    def _key_of_its_own(self, name: str, uid: int) -> Sown:
        """One with all permissions that never expires, so that a kept store still answers."""
        wanted = NewKey(uid=uid, expiresAt=0)
        key, place = self.key, self.runtime.state.accounts[uid].environment
        if key is None or self.venue.gateway.options.environment not in (None, place):
            made = create_key(self.venue, wanted)
            return Sown(name, uid, made.apiKey, made.secret)
        self.key = None
        given = msgspec.structs.replace(wanted, apiKey=key.api_key, secret=key.secret)
        return Sown(name, uid, create_key(self.venue, given).apiKey, key.secret)

    def _wanted(self, uid: int, key: KeySeed) -> NewKey:
        given: dict[str, Any] = {name: getattr(key, name) for name in KeySeed.__struct_fields__}
        if key.expiresAt is not None:
            given["expiresAt"] = key.expiresAt.at(self.runtime.now())
        return NewKey(uid=uid, **given)

    def _order_faults(self) -> None:
        for at, fault in enumerate(self.content.faults):
            given = {name: getattr(fault, name) for name in NewFault.__struct_fields__}
            if fault.until is not None:
                given["until"] = fault.until.at(self.runtime.now())
            if fault.account:
                given["uid"] = self.uids[fault.account]
            with self._at("faults", at):
                add_fault(self.venue, NewFault(**given))


def _sentence(rejected: Rejected) -> str:
    why = rejected.why
    return f"{why.rule} Seen: {why.seen}. {_COMMAND.sub(_in_seed, why.hint)}"


_COMMAND = re.compile(r"`utabox account (fund|set) [0-9]+ ?([^ `]*)[^`]*`")
_MEMBERS = {"--no-leader": "leave its `leader` out", "--kind": "give it another `kind`"}


def _in_seed(command: re.Match[str]) -> str:
    """What a seed's author does in place of a command: the account is not there yet."""
    if command[1] == "fund":
        return "give it more `balances`"
    return _MEMBERS.get(command[2], command[0])
