"""The money of a few accounts as lists, dicts and fractions, written from the specification alone.

The model knows account-semantics 1.1 to 1.3, 6.2 to 6.9 and 7.1 to 7.8, and where they leave a
choice, what docs/differences.md says. It knows nothing of the engine: no events, no decimals, no
timers. All that is ever kept of money is a list of movements; balances, debts and bonuses are sums
over it, and what time brings is computed from the hours that went by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000
REGULAR, ISOLATED, PORTFOLIO = "REGULAR_MARGIN", "ISOLATED_MARGIN", "PORTFOLIO_MARGIN"
WALLETS = {
    1: ("CONTRACT", "SPOT", "FUND"),
    3: ("UNIFIED", "CONTRACT", "FUND"),
    4: ("UNIFIED", "CONTRACT", "FUND"),
    5: ("UNIFIED", "FUND"),
    6: ("UNIFIED", "FUND"),
}
HUNDRED_MILLIONTH = Fraction(1, 10**8)
MOST = Fraction(10**15)
Record = dict[str, Any]


class Refused(Exception):
    """The codes of a refusal; several where the exchange collects its reasons."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        super().__init__(*codes)


class Move(NamedTuple):
    """One movement of a balance, amounts in the coin."""

    time: int
    uid: int
    wallet: str
    coin: str
    why: str
    change: Fraction
    lent: Fraction = Fraction(0)  # how much the debt by hand moved
    bonus: Fraction = Fraction(0)
    fee: Fraction = Fraction(0)
    reference: str = ""


class Charge(NamedTuple):
    """One line of the borrow history."""

    time: int
    uid: int
    coin: str
    cost: Fraction
    hourly_rate: Fraction
    borrowed: Fraction


class Sums(NamedTuple):
    """What the movements of one coin in one wallet come to."""

    balance: Fraction = Fraction(0)
    lent: Fraction = Fraction(0)
    bonus: Fraction = Fraction(0)

    @property
    def losses(self) -> Fraction:
        """The debt that nobody asked for: what is missing in the wallet."""
        return max(Fraction(0), -self.balance)

    @property
    def owed(self) -> Fraction:
        return self.lent + self.losses

    @property
    def free(self) -> Fraction:
        """What can be given away: a bonus cannot."""
        return max(Fraction(0), self.balance - self.bonus)


class Worth(NamedTuple):
    """An account in USD."""

    equity: Fraction
    wallet: Fraction
    im: Fraction
    mm: Fraction
    available: Fraction


def down(amount: Fraction, step: Fraction = HUNDRED_MILLIONTH) -> Fraction:
    return floor(amount / step) * step


def up(amount: Fraction, step: Fraction = HUNDRED_MILLIONTH) -> Fraction:
    return ceil(amount / step) * step


class Money:
    """A venue's accounts, prices and terms, and every movement there ever was."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.accounts: dict[int, Record] = {}
        self.prices: dict[str, Fraction] = {}
        self.collateral: dict[str, Record] = {}
        self.terms: dict[str, Record] = {}
        self.moves: list[Move] = []
        self.charges: list[Charge] = []
        self.transfers: dict[str, int] = {}  # transferId, without regard to capitals
        self._counted = 0
        self._sums: dict[tuple[int, str, str], Sums] = {}

    def outcome(self, act: Callable[..., None], *arguments: Any) -> list[int]:
        """The codes with which `act` is refused, all of it; empty: it is done."""
        moves = len(self.moves)
        try:
            act(*arguments)
        except Refused as refused:
            assert len(self.moves) == moves
            return refused.codes
        return []

    # --- what the movements come to -----------------------------------------------------------

    def sums(self, uid: int, wallet: str, coin: str) -> Sums:
        for move in self.moves[self._counted :]:
            key = move.uid, move.wallet, move.coin
            balance, lent, bonus = self._sums.get(key, Sums())
            self._sums[key] = Sums(balance + move.change, lent + move.lent, bonus + move.bonus)
        self._counted = len(self.moves)
        return self._sums.get((uid, wallet, coin), Sums())

    def held(self, uid: int, coin: str) -> Sums:
        """Of a coin, in the wallet that the account trades from."""
        return self.sums(uid, trading_wallet(self.accounts[uid]), coin)

    def move(
        self, uid: int, wallet: str, coin: str, why: str, change: Fraction, **more: Any
    ) -> None:
        self.moves.append(Move(self.now, uid, wallet, coin, why, change, **more))
        account = self.accounts[uid]
        if wallet == trading_wallet(account) and coin not in account["order"]:
            account["order"].append(coin)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What was moved before a refusal was not."""
        moves = len(self.moves)
        try:
            yield
        except Refused:
            del self.moves[moves:]
            self._counted, self._sums = 0, {}
            raise

    def owes(self, uid: int) -> list[str]:
        """The coins that an account owes, by when it first had them."""
        return [coin for coin in self.accounts[uid]["order"] if self.held(uid, coin).owed]

    def family(self, uid: int) -> list[int]:
        master = self.accounts[uid]["parent"] or uid
        return [each for each, a in self.accounts.items() if master in (each, a["parent"])]

    # --- time ---------------------------------------------------------------------------------

    def pass_time(self, now: int) -> None:
        """All that happens by itself until `now`, inclusive, in order."""
        while True:
            repayments = (self.now // (HOUR // 2) + 1) * (HOUR // 2)
            interest = ((self.now - 5 * MINUTE) // HOUR + 1) * HOUR + 5 * MINUTE
            upgrades = [a["due"] for a in self.accounts.values() if a["due"] is not None]
            following = min([repayments, interest, *upgrades])
            if following > now:
                break
            self.now = following
            for uid, account in self.accounts.items():
                if account["due"] == following:
                    account["due"] = None
                    self.become(uid, {1: 3, 3: 4, 5: 6}[account["kind"]])
            if following == repayments:
                self.repay_by_itself()
            if following == interest:
                self.charge()
        self.now = now

    def charge(self) -> None:
        """An hour's interest of every debt, at the rate of before any of it is charged (7.5)."""
        bills = [
            Charge(
                self.now,
                uid,
                coin,
                down(min(owed * rate, max(Fraction(0), 10**15 - owed))),
                rate,
                owed,
            )
            for uid in self.accounts
            for coin in self.owes(uid)
            if (owed := self.held(uid, coin).owed)
            for rate in [self.rate(uid, coin)]
        ]
        for bill in bills:
            if bill.cost:
                wallet = trading_wallet(self.accounts[bill.uid])
                self.move(bill.uid, wallet, bill.coin, "INTEREST", -bill.cost)
        self.charges += bills

    def rate(self, uid: int, coin: str) -> Fraction:
        """Per hour; over the family's limit, times the cube of how much it is over."""
        terms = self.terms.get(coin)
        if terms is None:
            return Fraction(0)
        owed = sum(self.held(each, coin).owed for each in self.family(uid))
        usage = owed / terms["family"] if terms["family"] else Fraction(0)
        return min(Fraction(1), Fraction(terms["rate"] * max(Fraction(1), usage**3)))

    def repay_by_itself(self) -> None:
        """min(available, liability) of the coins that are to be repaid so (7.4)."""
        for uid, account in self.accounts.items():
            for coin in account["order"]:
                held = self.held(uid, coin)
                amount = min(held.free, held.lent)
                if amount and coin in account["auto"]:
                    self.give_back(uid, coin, amount)

    # --- worth --------------------------------------------------------------------------------

    def is_collateral(self, uid: int, coin: str) -> bool:
        taken = self.collateral.get(coin)
        return taken is not None and self.accounts[uid]["switches"].get(coin, taken["on"])

    def as_collateral(self, coin: str, qty: Fraction) -> Fraction:
        """USD, each part of the quantity at the ratio of its tier (6.4)."""
        tiers = self.collateral[coin]["tiers"]
        ends = [least for least, _ in tiers[1:]] + [max(qty, tiers[-1][0])]
        counted = sum(
            max(Fraction(0), min(qty, end) - least) * ratio
            for (least, ratio), end in zip(tiers, ends, strict=True)
        )
        return Fraction(counted * self.prices[coin])

    def leverage(self, uid: int, coin: str) -> int:
        account = self.accounts[uid]
        wanted = account["leverages"].get(coin, account["leverage"] or 10)
        if coin in self.terms:
            wanted = min(wanted, floor(1 / self.terms[coin]["tiers"][0][1]))
        return int(wanted)

    def loan_margins(self, uid: int, coin: str, owed: Fraction) -> tuple[Fraction, Fraction]:
        """Initial and maintenance margin of a debt, USD: all of it at its tier's rates (6.5)."""
        if coin not in self.terms:
            return Fraction(0), Fraction(0)
        tiers = self.terms[coin]["tiers"]
        _, imr, mmr = next((tier for tier in tiers if owed <= tier[0]), tiers[-1])
        usd = owed * self.prices[coin]
        return usd * max(imr, Fraction(1, self.leverage(uid, coin))), usd * mmr

    def worth(self, uid: int, mode: str = "", more: Record | None = None) -> Worth:
        """The account as wallet-balance tells it, or as it would be in another mode.

        Args:
            more: Coins of which so much more is borrowed.
        """
        mode, more = mode or self.accounts[uid]["mode"], more or {}
        equity = wallet = im = mm = Fraction(0)
        for coin in {**dict.fromkeys(self.accounts[uid]["order"]), **more}:
            held, further = self.held(uid, coin), more.get(coin, Fraction(0))
            own = held.balance - held.lent
            equity += own * self.prices[coin]
            if own < 0 or mode == ISOLATED:
                wallet += own * self.prices[coin]
            elif self.is_collateral(uid, coin):
                wallet += self.as_collateral(coin, own)
            owed = held.lent + further + max(Fraction(0), -held.balance - further)
            margins = self.loan_margins(uid, coin, owed)
            im, mm = im + margins[0], mm + margins[1]
        return Worth(equity, wallet, im, mm, (equity if mode == PORTFOLIO else wallet) - im)

    # --- accounts -----------------------------------------------------------------------------

    def open(self, uid: int, kind: int, parent: int, vip: bool) -> None:
        self.accounts[uid] = {
            "kind": kind, "parent": parent, "vip": vip, "mode": REGULAR, "leader": False,
            "frozen": False, "due": None, "switches": {}, "spot": False, "leverage": 0,
            "leverages": {}, "auto": set(), "order": [],
        }  # fmt: skip

    def unified(self, uid: int, classic: int = 10028, upgrading: int = 182105) -> Record:
        account = self.accounts[uid]
        if account["kind"] == 1:
            raise Refused(classic)
        if account["due"] is not None:
            raise Refused(upgrading)
        return account

    def become(self, uid: int, kind: int) -> None:
        """What lies in a wallet that the new kind has not moves to the one it trades from."""
        account, moved = self.accounts[uid], []
        for wallet in WALLETS[account["kind"]]:
            kept = wallet in WALLETS[kind]
            if kept and (wallet != trading_wallet(account) or wallet == WALLETS[kind][0]):
                continue
            coins = (
                account["order"] if wallet == trading_wallet(account) else self.coins(uid, wallet)
            )
            for coin in coins:
                balance, _, bonus = self.sums(uid, wallet, coin)
                if balance:
                    moved.append((wallet, coin, balance, bonus))
        for wallet, coin, balance, bonus in moved:
            self.move(uid, wallet, coin, "TRANSFER_OUT", -balance, bonus=-bonus)
        account["kind"] = kind
        for coin in self.coins(uid, trading_wallet(account)):
            if coin not in account["order"]:
                account["order"].append(coin)
        for _, coin, balance, bonus in moved:
            self.move(uid, trading_wallet(account), coin, "TRANSFER_IN", balance, bonus=bonus)

    def coins(self, uid: int, wallet: str) -> list[str]:
        """Those that were ever in a wallet, the oldest first."""
        moved = (move.coin for move in self.moves if (move.uid, move.wallet) == (uid, wallet))
        return list(dict.fromkeys(moved))

    def upgrade(self, uid: int) -> None:
        account = self.accounts[uid]
        if account["kind"] in (4, 6) or account["due"] is not None:
            return
        payer = self.accounts[account["parent"] or uid]
        minute = self.now // MINUTE % 60
        refused = [0] * ((not payer["vip"]) + (minute >= 50 or minute <= 5))
        if refused:
            raise Refused(*refused)
        account["due"] = self.now + 5 * SECOND

    def set_profile(self, uid: int, wanted: Record) -> None:
        """What the exchange decides: a kind, whether one leads others, whether a sub is frozen."""
        account, classic = self.accounts[uid], wanted.get("kind") == 1
        if wanted.get("leader") and account["mode"] == PORTFOLIO:
            raise Refused(10001)
        if classic and (account["mode"] != REGULAR or self.owes(uid)):
            raise Refused(10001)
        if "kind" in wanted and account["due"] is not None:
            raise Refused(10001)
        if wanted.get("frozen") and not account["parent"]:
            raise Refused(10001)
        if wanted.get("kind", account["kind"]) != account["kind"]:
            self.become(uid, wanted["kind"])
        account.update(wanted)

    def set_mode(self, uid: int, mode: str) -> None:
        """Every row of the table of 6.2 that matches is a reason."""
        account, reasons = self.accounts[uid], []
        if account["kind"] == 1:
            raise Refused(10028)
        if mode == account["mode"]:
            return
        worth = self.worth(uid, mode)
        if mode == PORTFOLIO and worth.equity < 1000:
            reasons.append(3400000)
        if mode == PORTFOLIO and account["leader"]:
            reasons.append(3401010)
        if mode == ISOLATED and self.owes(uid):
            reasons.append(3400001)
        if mode == REGULAR and worth.mm and worth.mm >= worth.wallet:
            reasons.append(182107)
        for coin in account["order"]:
            positive = self.held(uid, coin).balance > 0
            if positive and self.is_collateral(uid, coin) and self.collateral[coin]["capped"]:
                reasons.append(3200641)
        if account["due"] is not None:
            reasons.append(182105)
        if reasons:
            raise Refused(*reasons)
        account["mode"] = mode
        account["spot"] = account["spot"] and mode != ISOLATED

    # --- money from outside, and between wallets ----------------------------------------------

    def fund(self, uid: int, wallet: str, coin: str, amount: Fraction, bonus: bool) -> None:
        account = self.accounts[uid]
        wallet = wallet or trading_wallet(account)
        held = self.sums(uid, wallet, coin)
        there = min(held.bonus, max(Fraction(0), held.balance)) if bonus else held.free
        if wallet not in WALLETS[account["kind"]] or coin not in self.prices:
            raise Refused(10001)
        if (bonus and wallet != trading_wallet(account)) or there + amount < 0:
            raise Refused(10001)
        if amount and bonus:
            why = "BONUS" if amount > 0 else "BONUS_RECOLLECT"
            self.move(uid, wallet, coin, why, amount, bonus=amount)
        elif amount:
            self.move(uid, wallet, coin, "TRANSFER_IN" if amount > 0 else "TRANSFER_OUT", amount)

    def transfer_within(
        self, uid: int, name: str, coin: str, amount: Fraction, giving: str, taking: str
    ) -> None:
        account = self.accounts[uid]
        if name.lower() in self.transfers:
            raise Refused(131214)
        if account["due"] is not None:
            raise Refused(3100197)
        if not {giving, taking} <= {*WALLETS[account["kind"]]}:
            raise Refused(131207)
        if giving == taking:
            raise Refused(131211)
        self.transfer(name, coin, amount, uid, giving, uid, taking)

    def transfer_between(
        self, asking: int, name: str, coin: str, amount: Fraction,
        giver: int, giving: str, taker: int, taking: str,
    ) -> None:  # fmt: skip
        family = self.family(asking)
        parent = self.accounts[asking]["parent"]
        if parent and (giver, taker) != (asking, parent):
            raise Refused(131227)
        if name.lower() in self.transfers:
            raise Refused(131214)
        for uid in (giver, taker):
            if uid not in family:
                raise Refused(131209 if uid in self.accounts else 131202)
        if giver == taker:
            raise Refused(131202)
        if self.accounts[giver]["frozen"]:
            raise Refused(131232)
        if self.accounts[taker]["frozen"]:
            raise Refused(131231)
        if any(self.accounts[uid]["due"] is not None for uid in (giver, taker)):
            raise Refused(3100197)
        for uid, wallet in ((giver, giving), (taker, taking)):
            if wallet not in WALLETS[self.accounts[uid]["kind"]]:
                raise Refused(131207)
        self.transfer(name, coin, amount, giver, giving, taker, taking)

    def transfer(
        self, name: str, coin: str, amount: Fraction,
        giver: int, giving: str, taker: int, taking: str,
    ) -> None:  # fmt: skip
        if coin not in self.prices:
            raise Refused(131206)
        if amount % HUNDRED_MILLIONTH:
            raise Refused(131210)
        if not 0 < amount <= MOST:
            raise Refused(131215)
        if not self.may_leave(giver, giving, coin, amount):
            raise Refused(131212)
        self.move(giver, giving, coin, "TRANSFER_OUT", -amount, reference=name)
        self.move(taker, taking, coin, "TRANSFER_IN", amount, reference=name)
        self.transfers[name.lower()] = giver

    def may_leave(self, uid: int, wallet: str, coin: str, amount: Fraction) -> bool:
        """What is free in the wallet, and not worth more as margin than is there (6.8).

        The account's own counts as collateral; behind it comes what was borrowed, whose debt counts
        in full. In portfolio margin coins that are no collateral are available, but no margin.
        """
        account, held = self.accounts[uid], self.sums(uid, wallet, coin)
        if wallet != trading_wallet(account):
            return amount <= held.balance
        alone = account["kind"] == 1 or account["mode"] == ISOLATED
        if amount > held.free or alone:
            return amount <= held.free
        worth = self.worth(uid)
        there = max(Fraction(0), min(worth.available, worth.wallet - worth.im))
        own = min(amount, max(Fraction(0), held.balance - held.lent))
        counted = self.as_collateral(coin, own) if self.is_collateral(uid, coin) else 0
        return counted + (amount - own) * self.prices[coin] <= there

    # --- settings -----------------------------------------------------------------------------

    def switch_collateral(self, uid: int, switches: list[tuple[str, bool]]) -> None:
        account, wanted = self.unified(uid), dict(switches)
        if len(wanted) < len(switches):
            raise Refused(182112)
        for coin in wanted:
            if coin in ("USDT", "USDC") or coin not in self.collateral:
                raise Refused(182111)
        moved = {c: on for c, on in wanted.items() if on != self.is_collateral(uid, c)}
        for coin, on in moved.items():
            if on and self.collateral[coin]["capped"]:
                raise Refused(182011)
            if not on and self.held(uid, coin).owed:
                raise Refused(182110)
        before = account["switches"]
        account["switches"] = before | moved
        if not all(moved.values()) and account["mode"] != ISOLATED and self.strained(uid):
            account["switches"] = before
            raise Refused(182108)

    def strained(self, uid: int) -> bool:
        """Whether the initial margin is not there."""
        worth = self.worth(uid)
        return bool(worth.im) and worth.im > worth.wallet

    def switch_spot(self, uid: int, on: bool) -> None:
        account = self.unified(uid, classic=176037)
        if on and not account["spot"] and account["mode"] == ISOLATED:
            raise Refused(182021)
        if not on and account["spot"] and self.owes(uid):
            raise Refused(176039)
        account["spot"] = on

    def set_leverage(self, uid: int, leverage: Fraction, coin: str) -> None:
        if coin and coin not in self.terms:
            raise Refused(10001)
        account = self.unified(uid, classic=176037)
        if not account["spot"]:
            raise Refused(176038)
        most = floor(1 / self.terms[coin]["tiers"][0][1]) if coin else 10
        if leverage.denominator > 1 or not 2 <= leverage <= min(most, 10):
            raise Refused(176034)
        before = account["leverage"], account["leverages"]
        general = (account["leverage"], account["leverages"] | {coin: int(leverage)})
        account["leverage"], account["leverages"] = general if coin else (int(leverage), {})
        if before != (account["leverage"], account["leverages"]) and self.strained(uid):
            account["leverage"], account["leverages"] = before
            raise Refused(182104)

    def set_auto(self, uid: int, on: bool, coin: str) -> None:
        if coin and coin not in self.terms:
            raise Refused(10001)
        account = self.unified(uid, classic=176037)
        coins = {coin} if coin else set(self.terms)
        account["auto"] = account["auto"] | coins if on else account["auto"] - coins

    def set_terms(self, coin: str, terms: Record | None) -> None:
        if terms is None and any(self.held(uid, coin).lent for uid in self.accounts):
            raise Refused(10001)
        if terms is None:
            self.terms.pop(coin, None)
        else:
            self.terms[coin] = terms

    # --- loans --------------------------------------------------------------------------------

    def borrow(self, uid: int, coin: str, amount: Fraction) -> None:
        if amount <= 0:
            raise Refused(10001)
        account = self.unified(uid)
        if account["mode"] == ISOLATED:
            raise Refused(176038)
        terms = self.terms.get(coin)
        if terms is None:
            raise Refused(176010)
        if amount % Fraction(1, 10 ** terms["decimals"]):
            raise Refused(176031)
        if amount < terms["min"]:
            raise Refused(176025)
        if amount > terms["max"]:
            raise Refused(176026)
        if amount > self.left_for_family(uid, coin):
            raise Refused(176027)
        if not self.carries(uid, coin, amount):
            raise Refused(176029)
        if amount > self.left_for_all(coin):
            raise Refused(176028)
        self.move(uid, "UNIFIED", coin, "BORROW", amount, lent=amount)

    def left_for_family(self, uid: int, coin: str) -> Fraction:
        owed = sum(self.held(each, coin).owed for each in self.family(uid))
        return Fraction(self.terms[coin]["family"] - owed)

    def left_for_all(self, coin: str) -> Fraction:
        lent = sum(self.held(each, coin).lent for each in self.accounts)
        return Fraction(self.terms[coin]["inventory"] - lent)

    def carries(self, uid: int, coin: str, amount: Fraction) -> bool:
        """Whether the margin rate is below (L-1)/L, and at most that with so much more (6.9)."""
        leverage, worth = self.leverage(uid, coin), self.worth(uid)
        most = worth.wallet * (leverage - 1) / leverage
        return worth.im < most and self.worth(uid, more={coin: amount}).im <= most

    def most_to_borrow(self, uid: int, coin: str) -> Fraction:
        """By all limits, found by halving; 0 where nothing can be borrowed."""
        step = Fraction(1, 10 ** self.terms[coin]["decimals"])
        most = min(self.left_for_family(uid, coin), self.left_for_all(coin))
        low, high = 0, max(0, floor(most / step))
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.carries(uid, coin, middle * step)
            low, high = (middle, high) if fits else (low, middle - 1)
        return low * step

    def give_back(self, uid: int, coin: str, amount: Fraction) -> None:
        self.move(uid, "UNIFIED", coin, "REPAY", -amount, lent=-amount)

    def refuse_while_interest_is_due(self) -> None:
        if 4 * MINUTE <= self.now % HOUR < 5 * MINUTE + 30 * SECOND:
            raise Refused(176018)

    def repay(
        self, uid: int, coin: str, amount: Fraction | None, kind: str, converts: bool
    ) -> None:
        if not coin and (kind != "ALL" or amount is not None):
            raise Refused(10001)
        if amount is not None and not (0 < amount <= MOST and (amount * 10**18).denominator == 1):
            raise Refused(10001)
        account = self.unified(uid)
        self.refuse_while_interest_is_due()
        owed = {c: self.held(uid, c).owed for c in ([coin] if coin else account["order"])}
        if kind == "FIXED" or not any(owed.values()):
            raise Refused(176016)
        if amount is not None and amount > owed[coin]:
            raise Refused(176017)
        call = {"unsold": self.owes(uid), "usd": Fraction(0)}
        with self.all_or_nothing():
            for name, debt in owed.items():
                wanted = debt if amount is None else amount
                if debt and converts:
                    self.repay_by_selling(uid, name, wanted, call)
                elif debt:
                    self.repay_from_itself(uid, name, wanted, given=amount is not None)

    def repay_by_selling(self, uid: int, coin: str, wanted: Fraction, call: Record) -> None:
        """The coin first, then others; what losses and interest took comes before the loan."""
        held = self.held(uid, coin)
        if held.free < wanted:
            self.buy(uid, coin, wanted - held.free, call, refused=176015)
        principal = min(held.lent, wanted - min(wanted, held.losses))
        if principal:
            self.give_back(uid, coin, principal)

    def repay_from_itself(self, uid: int, coin: str, wanted: Fraction, given: bool) -> None:
        held = self.held(uid, coin)
        principal = min(wanted, held.free, held.lent)
        if not principal or (given and principal < wanted):
            raise Refused(176015)
        self.give_back(uid, coin, principal)

    def quick_repay(self, uid: int, coin: str) -> None:
        account = self.unified(uid)
        self.refuse_while_interest_is_due()
        coins = [coin] if coin else list(account["order"])
        owed = {name: self.held(uid, name).losses for name in coins}
        if not any(owed.values()):
            by_hand = any(self.held(uid, name).owed for name in coins)
            raise Refused(182120 if by_hand else 182102)
        call = {"unsold": self.owes(uid), "usd": Fraction(0)}
        with self.all_or_nothing():
            for name, debt in owed.items():
                if debt:
                    self.buy(uid, name, debt, call, refused=182101)

    def buy(self, uid: int, coin: str, wanted: Fraction, call: Record, refused: int) -> None:
        """Sell collateral until `wanted` is there, for at most 300,000 USD in one call (7.4)."""
        for source in self.sources(uid, coin, call["unsold"]):
            dearer = Fraction(1, 2000) if {source, coin} <= {"USDT", "USDC"} else Fraction(1, 1000)
            gained = self.prices[source] * (1 - dearer) / self.prices[coin]
            sold = min(down(self.held(uid, source).free), up(wanted / gained))
            bought = wanted if sold * gained >= wanted else down(sold * gained)
            if not bought:
                continue
            call["usd"] += sold * self.prices[source]
            if call["usd"] > 300_000:
                raise Refused(176006)
            fee = down(sold * dearer)
            self.move(uid, "UNIFIED", source, "SPOT_REPAYMENT_SELL", -sold, fee=fee)
            self.move(uid, "UNIFIED", coin, "SPOT_REPAYMENT_BUY", bought)
            wanted -= bought
            if not wanted:
                return
        raise Refused(refused)

    def sources(self, uid: int, coin: str, unsold: list[str]) -> list[str]:
        """In liquidationOrder; what is owed is not sold, and MNT takes no part at all."""
        ranked = [
            (self.collateral[name]["order"] or 10**9, name)
            for name in self.accounts[uid]["order"]
            if name not in (coin, *unsold) and self.is_collateral(uid, name)
        ]
        return [name for _, name in sorted(ranked) if "MNT" not in (name, coin)]


def trading_wallet(account: Record) -> str:
    return WALLETS[account["kind"]][0]
