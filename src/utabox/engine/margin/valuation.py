"""The value of an account: its coins at their USD index, as collateral, and against its margin.

Pure sums over plain values (account-semantics 6.4, 6.6, 6.8). A `Holding` has a term for all that
a coin can be part of; what does not exist yet is an empty sum, and stays at its default of zero.
Everything is exact; `money` and `rate` cut when it is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_DOWN, Decimal, localcontext
from functools import wraps
from itertools import pairwise
from typing import ParamSpec, TypeVar

import msgspec

from utabox.engine.market.collateral import collateral_of, switched_on
from utabox.engine.rules import MONEY
from utabox.engine.state import Account, CollateralTier, State
from utabox.terms import MarginMode

ZERO = Decimal(0)
RATE_MAX = Decimal(9999)
"""What a rate shows when nothing stands against the margin (Q9)."""

P = ParamSpec("P")
R = TypeVar("R")


def _exact(rule: Callable[P, R]) -> Callable[P, R]:
    """Compute with the digits of money, whoever calls."""

    @wraps(rule)
    def computed(*args: P.args, **kwargs: P.kwargs) -> R:
        with localcontext(MONEY):
            return rule(*args, **kwargs)

    return computed


class Holding(msgspec.Struct, frozen=True):
    """One coin of an account, with all that moves its value; in the coin, unless said otherwise."""

    coin: str
    index: Decimal  # USD
    wallet_balance: Decimal  # with what was borrowed by hand
    tiers: tuple[CollateralTier, ...] = ()  # none: the exchange does not take it as collateral
    collateral_on: bool = False  # it is collateral, and the user has not switched it off
    spot_borrow: Decimal = ZERO
    accrued_interest: Decimal = ZERO
    unrealised_pnl: Decimal = ZERO  # of perpetuals and futures
    option_value: Decimal = ZERO  # negative: sold
    cum_realised_pnl: Decimal = ZERO
    locked: Decimal = ZERO  # by spot orders
    reservation: Decimal = ZERO
    bonus: Decimal = ZERO
    hedged_qty: Decimal = ZERO  # spot that offsets derivatives
    position_im: Decimal = ZERO
    position_mm: Decimal = ZERO
    order_im: Decimal = ZERO
    option_order_im: Decimal = ZERO
    order_loss: Decimal = ZERO  # never positive

    @property
    @_exact
    def net_balance(self) -> Decimal:
        """What is the account's own; negative: a liability."""
        return self.wallet_balance - self.spot_borrow

    @property
    @_exact
    def equity(self) -> Decimal:
        """The coin's `equity`."""
        return self.net_balance + self.unrealised_pnl + self.option_value


class Valuation(msgspec.Struct, frozen=True):
    """An account in USD, and its two rates, all of them uncut."""

    total_equity: Decimal
    total_wallet_balance: Decimal
    total_perp_upl: Decimal
    total_margin_balance: Decimal
    total_initial_margin: Decimal
    total_maintenance_margin: Decimal
    im_rate: Decimal
    mm_rate: Decimal
    total_available_balance: Decimal


@_exact
def value(holdings: Sequence[Holding], mode: MarginMode, haircut_loss: Decimal = ZERO) -> Valuation:
    """Everything that `GET /v5/account/wallet-balance` says of the account as a whole.

    Args:
        haircut_loss: Collateral value that would vanish if spot orders filled, USD.
    Source:
        account-semantics 6.4 and 6.6; scenario 13 is in tests/engine/margin/test_valuation.py.
    """
    equity = sum((usd_value(holding) for holding in holdings), ZERO)
    wallet = sum((_wallet_usd(holding, mode) for holding in holdings), ZERO)
    upl = sum((holding.unrealised_pnl * holding.index for holding in holdings), ZERO)
    options = sum((holding.option_value * holding.index for holding in holdings), ZERO)
    order_loss = sum((holding.order_loss * holding.index for holding in holdings), ZERO)
    im = sum(((h.position_im + h.order_im) * h.index for h in holdings), ZERO)
    mm = sum((holding.position_mm * holding.index for holding in holdings), ZERO)
    margin = wallet + upl
    portfolio = mode is MarginMode.PORTFOLIO_MARGIN
    losses = order_loss - haircut_loss
    base = margin + losses + (options if portfolio else ZERO)
    return Valuation(
        total_equity=equity,
        total_wallet_balance=wallet,
        total_perp_upl=upl,
        total_margin_balance=margin,
        total_initial_margin=im,
        total_maintenance_margin=mm,
        im_rate=margin_rate(im, base),
        mm_rate=margin_rate(mm, base),
        total_available_balance=(equity if portfolio else margin) + losses - im,
    )


@_exact
def usd_value(holding: Holding) -> Decimal:
    """`usdValue`: the whole equity at the USD index, whether it is collateral or not."""
    return holding.equity * holding.index


@_exact
def borrow_amount(holding: Holding, mode: MarginMode) -> Decimal:
    """`borrowAmount`: the liability of both kinds, never negative (account-semantics 7.1)."""
    options = ZERO if mode is MarginMode.PORTFOLIO_MARGIN else max(ZERO, holding.option_value)
    return max(ZERO, options + holding.locked - holding.equity)


@_exact
def collateral_value(qty: Decimal, index: Decimal, tiers: Sequence[CollateralTier]) -> Decimal:
    """What `qty` of a coin is worth as collateral, USD; a debt counts in full.

    Args:
        tiers: At least one, by rising `min_qty`, from 0. Each ratio is that of the part of `qty`
            inside its tier, like a tax bracket: a quantity on a boundary is all in the lower one.
    """
    if qty < 0:
        return qty * index
    ends = [*(tier.min_qty for tier in tiers[1:]), qty]
    parts = (
        max(ZERO, min(qty, end) - tier.min_qty) * tier.ratio
        for tier, end in zip(tiers, ends, strict=True)
    )
    return index * sum(parts, ZERO)


@_exact
def qty_worth(usd: Decimal, index: Decimal, tiers: Sequence[CollateralTier]) -> Decimal | None:
    """The largest quantity worth at most `usd` as collateral; None: any.

    The reverse of `collateral_value`; beyond the last tier with a ratio more is worth no more.
    """
    left = max(ZERO, usd)
    for tier, above in pairwise(tiers):
        worth = (above.min_qty - tier.min_qty) * index * tier.ratio
        if worth > left:
            return tier.min_qty + left / (index * tier.ratio)
        left -= worth
    last = tiers[-1]
    return last.min_qty + left / (index * last.ratio) if last.ratio else None


@_exact
def margin_rate(margin: Decimal, base: Decimal) -> Decimal:
    """`margin / base`; 0 without margin, 9999 when nothing stands against it (Q9)."""
    if not margin:
        return ZERO
    return min(margin / base, RATE_MAX) if base > 0 else RATE_MAX


@_exact
def transferable(holding: Holding, mode: MarginMode, available: Decimal) -> Decimal:
    """How much of a coin may leave the wallet, never negative (account-semantics 6.8).

    Args:
        available: The account's `totalAvailableBalance`, USD. It does not bound a coin that is
            no collateral, nor any coin in isolated margin.
    """
    free = _free(holding, mode)
    if mode is not MarginMode.ISOLATED_MARGIN and holding.collateral_on:
        bound = qty_worth(available, holding.index, holding.tiers)
        free = free if bound is None else min(free, bound)
    return max(ZERO, free)


def _free(holding: Holding, mode: MarginMode) -> Decimal:
    """What no order, position, option or bonus holds: W of account-semantics 6.8."""
    if mode is MarginMode.ISOLATED_MARGIN:
        taken = holding.position_im + holding.order_im + holding.locked + holding.bonus
        return holding.wallet_balance - taken
    free = (
        holding.wallet_balance
        + min(ZERO, holding.unrealised_pnl)
        + holding.reservation
        - holding.locked
        + min(ZERO, holding.option_value)
        + holding.order_loss
    )
    if mode is MarginMode.PORTFOLIO_MARGIN:
        return free - max(holding.bonus, holding.hedged_qty)
    return free - holding.bonus - max(ZERO, holding.option_order_im)


def _wallet_usd(holding: Holding, mode: MarginMode) -> Decimal:
    """A coin's part of `totalWalletBalance`; a debt counts even where the coin is no collateral."""
    net = holding.net_balance
    if mode is MarginMode.ISOLATED_MARGIN or net < 0:
        return net * holding.index
    return collateral_value(net, holding.index, holding.tiers) if holding.collateral_on else ZERO


# --- from the state -------------------------------------------------------------------------


def holding_of(state: State, account: Account, coin: str) -> Holding:
    """One coin of `account`, held or not.

    Until there are orders, positions and loans, only its balance says anything.
    """
    held = (account.coins or {}).get(coin)
    collateral = collateral_of(state, coin)
    return Holding(
        coin=coin,
        index=state.index_prices[coin],
        wallet_balance=held.wallet_balance if held else ZERO,
        tiers=collateral.tiers if collateral else (),
        collateral_on=switched_on(state, account, coin),
    )


def holdings_of(state: State, account: Account) -> list[Holding]:
    """Every coin that `account` ever held; each has a price: a credit without one is refused."""
    return [holding_of(state, account, coin) for coin in account.coins or {}]


def total_equity(state: State, account: Account) -> Decimal:
    """`totalEquity`: every coin's equity at its USD index, without collateral ratios, in USD."""
    return value(holdings_of(state, account), account.margin_mode).total_equity


# --- on the wire ----------------------------------------------------------------------------


def money(amount: Decimal) -> str:
    """An amount as the exchange prints it: cut at 8 decimals, in its shortest plain form."""
    return _plain(amount, Decimal("1e-8"))


def rate(ratio: Decimal) -> str:
    """A margin rate: cut at 4 decimals, in its shortest plain form."""
    return _plain(ratio, Decimal("1e-4"))


def liability(amount: Decimal) -> str:
    """A `borrowAmount`: it alone keeps 18 decimals, as captured."""
    with localcontext(MONEY):
        return f"{amount.quantize(Decimal('1e-18'), ROUND_DOWN):f}"


def _plain(number: Decimal, step: Decimal) -> str:
    with localcontext(MONEY):
        cut = number.quantize(step, ROUND_DOWN)
    return f"{cut:f}".rstrip("0").rstrip(".") if cut else "0"
