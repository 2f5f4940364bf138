"""The value of an account: its coins at their USD index, as collateral, and against its margin.

Pure sums over plain values (account-semantics 6.4, 6.6, 6.8). A `Holding` has a term for all that
a coin can be part of; what does not exist yet is an empty sum, and stays at its default of zero.
Everything is exact; `money` and `rate` cut when it is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from itertools import pairwise

import msgspec

from utabox.engine.margin.leverage import leverage_of
from utabox.engine.market.collateral import collateral_of, switched_on
from utabox.engine.market.loan_terms import loan_margin
from utabox.engine.position.book import Position, positions_of
from utabox.engine.rules import MONEY, exact
from utabox.engine.state import Account, CollateralTier, State
from utabox.terms import MarginMode

ZERO = Decimal(0)
RATE_MAX = Decimal(9999)
"""What a rate shows when nothing stands against the margin (Q9)."""


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
    order_mm: Decimal = ZERO
    option_order_im: Decimal = ZERO
    order_loss: Decimal = ZERO  # never positive
    loan_imr: Decimal = ZERO  # of the liability, by its tier and the user's leverage
    loan_mmr: Decimal = ZERO

    @property
    @exact
    def net_balance(self) -> Decimal:
        """What is the account's own; negative: a liability."""
        return self.wallet_balance - self.spot_borrow

    @property
    @exact
    def equity(self) -> Decimal:
        """The coin's `equity`: its net balance with what is not realised."""
        return self.wallet_balance - self.spot_borrow + self.unrealised_pnl + self.option_value


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
    rate_base: Decimal  # what the two rates are of

    @property
    @exact
    def free_margin(self) -> Decimal:
        """What may leave before margin is missing: in portfolio margin, where coins that are no
        collateral are available too, this can be less than the available balance."""
        return min(self.total_available_balance, self.rate_base - self.total_initial_margin)


@exact
def value(holdings: Sequence[Holding], mode: MarginMode, haircut_loss: Decimal = ZERO) -> Valuation:
    """Everything that `GET /v5/account/wallet-balance` says of the account as a whole.

    Args:
        haircut_loss: Collateral value that would vanish if spot orders filled, USD.
    Source:
        account-semantics 6.4 and 6.6; scenario 13 is in tests/engine/margin/test_valuation.py.
    """
    equity = wallet = upl = options = order_loss = im = mm = ZERO
    for holding in holdings:
        index, owed = holding.index, borrow_amount(holding, mode)
        equity += holding.equity * index
        wallet += _wallet_usd(holding, mode)
        upl += holding.unrealised_pnl * index
        options += holding.option_value * index
        order_loss += holding.order_loss * index
        im += (holding.position_im + holding.order_im + owed * holding.loan_imr) * index
        mm += (holding.position_mm + holding.order_mm + owed * holding.loan_mmr) * index
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
        rate_base=base,
    )


@exact
def usd_value(holding: Holding) -> Decimal:
    """`usdValue`: the whole equity at the USD index, whether it is collateral or not."""
    return holding.equity * holding.index


@exact
def derivatives_borrow(holding: Holding, mode: MarginMode) -> Decimal:
    """The liability that nobody asked for: of losses, bought options, orders and interest (7.1)."""
    needed = holding.locked - holding.equity - holding.spot_borrow
    if holding.option_value > ZERO and mode is not MarginMode.PORTFOLIO_MARGIN:
        needed += holding.option_value
    return needed if needed > ZERO else ZERO


@exact
def borrow_amount(holding: Holding, mode: MarginMode) -> Decimal:
    """`borrowAmount`: the liability of both kinds, never negative (account-semantics 7.1)."""
    return holding.spot_borrow + derivatives_borrow(holding, mode)


@exact
def collateral_value(qty: Decimal, index: Decimal, tiers: Sequence[CollateralTier]) -> Decimal:
    """What `qty` of a coin is worth as collateral, USD; a debt counts in full.

    Args:
        tiers: At least one, by rising `min_qty`, from 0. Each ratio is that of the part of `qty`
            inside its tier, like a tax bracket: a quantity on a boundary is all in the lower one.
    """
    if qty < ZERO:
        return qty * index
    counted, left = ZERO, qty
    for tier in reversed(tiers):
        if left > tier.min_qty:
            counted += (left - tier.min_qty) * tier.ratio
            left = tier.min_qty
    return index * counted


@exact
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


@exact
def margin_rate(margin: Decimal, base: Decimal) -> Decimal:
    """`margin / base`; 0 without margin, 9999 when nothing stands against it (Q9)."""
    if not margin:
        return ZERO
    return min(margin / base, RATE_MAX) if base > 0 else RATE_MAX


@exact
def transferable(holding: Holding, mode: MarginMode, available: Decimal) -> Decimal:
    """How much of a coin may leave the wallet, never negative (account-semantics 6.8).

    Args:
        available: The account's `free_margin`, USD. It bounds no coin in isolated margin.
    """
    free = _free(holding, mode)
    if mode is not MarginMode.ISOLATED_MARGIN:
        free = min(free, _bound(holding, available))
    return max(ZERO, free)


def _bound(holding: Holding, available: Decimal) -> Decimal:
    """How much of a coin is worth `available` as margin: X of account-semantics 6.8.

    What is the account's own counts by its tiers, and not at all where the coin is no collateral.
    What is left of it then was borrowed: it takes a debt that counts in full out of the wallet.
    """
    own = max(ZERO, holding.net_balance)
    worth, bound = ZERO, None
    if holding.collateral_on:
        worth = collateral_value(own, holding.index, holding.tiers)
        bound = qty_worth(available, holding.index, holding.tiers)
    if bound is not None and bound <= own:
        return bound
    return own + max(ZERO, available - worth) / holding.index


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
    if mode is MarginMode.ISOLATED_MARGIN or net < ZERO:
        return net * holding.index
    return collateral_value(net, holding.index, holding.tiers) if holding.collateral_on else ZERO


# --- from the state -------------------------------------------------------------------------


def holding_of(state: State, account: Account, coin: str) -> Holding:
    """One coin of `account`, held or not, with the positions that settle in it.

    Until there are orders, nothing is locked, and no order has margin.
    """
    held = (account.coins or {}).get(coin)
    collateral = collateral_of(state, coin)
    holding = Holding(
        coin=coin,
        index=state.index_prices[coin],
        wallet_balance=held.wallet_balance if held else ZERO,
        tiers=collateral.tiers if collateral else (),
        collateral_on=switched_on(state, account, coin),
        spot_borrow=held.spot_borrow if held else ZERO,
        bonus=held.bonus if held else ZERO,
    )
    positions = positions_of(state, account)
    if positions:
        holding = with_positions(holding, positions)
    owed = borrow_amount(holding, account.margin_mode)
    terms = state.loan_terms.get(coin)
    if not owed or terms is None:
        return holding
    imr, mmr = loan_margin(terms, owed, leverage_of(account, coin, terms))
    return msgspec.structs.replace(holding, loan_imr=imr, loan_mmr=mmr)


@exact
def with_positions(holding: Holding, positions: Sequence[Position]) -> Holding:
    """The same coin with what those of `positions` that settle in it make of it."""
    own = [position for position in positions if position.settle_coin == holding.coin]
    options = [position for position in own if position.option is not None]
    contracts = [position for position in own if position.option is None]
    return msgspec.structs.replace(
        holding,
        unrealised_pnl=sum((position.unrealised_pnl for position in contracts), ZERO),
        option_value=sum((option.size * option.mark_price for option in options), ZERO),
        position_im=sum((position.im for position in own), ZERO),
        position_mm=sum((position.mm for position in own), ZERO),
    )


@exact
def holdings_of(state: State, account: Account) -> list[Holding]:
    """Every coin that `account` ever held; each has a price: a credit without one is refused."""
    return [holding_of(state, account, coin) for coin in account.coins or {}]


def total_equity(state: State, account: Account) -> Decimal:
    """`totalEquity`: every coin's equity at its USD index, without collateral ratios, in USD."""
    return value(holdings_of(state, account), account.margin_mode).total_equity


# --- on the wire ----------------------------------------------------------------------------

_MONEY_STEP, _RATE_STEP, _LIABILITY_STEP = Decimal("1e-8"), Decimal("1e-4"), Decimal("1e-18")


def money(amount: Decimal) -> str:
    """An amount as the exchange prints it: cut at 8 decimals, in its shortest plain form."""
    return _plain(amount, _MONEY_STEP)


def rate(ratio: Decimal) -> str:
    """A margin rate: cut at 4 decimals, in its shortest plain form."""
    return _plain(ratio, _RATE_STEP)


def liability(amount: Decimal) -> str:
    """A `borrowAmount`: it alone keeps 18 decimals, as captured."""
    return f"{amount.quantize(_LIABILITY_STEP, ROUND_DOWN, MONEY):f}"


def _plain(number: Decimal, step: Decimal) -> str:
    if not number:  # most of what is printed
        return "0"
    cut = number.quantize(step, ROUND_DOWN, MONEY)
    return f"{cut:f}".rstrip("0").rstrip(".") if cut else "0"
