"""Spot margin: its switch, its leverage, and repayment that needs no call."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from utabox.engine.account.lookup import account_of, upgrading_why
from utabox.engine.account.repay import schedule
from utabox.engine.margin.leverage import LEVERAGE_MAX, LEVERAGE_MIN, leverage_max
from utabox.engine.margin.valuation import holding_of, value
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, SpotMargin, State
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    BORROWING_NOW,
    LEVERAGE_OUT_OF_RANGE,
    MARGIN_RATE_ABOVE_THRESHOLD,
    PARAMS_ERROR,
    SPOT_LEVERAGE_CLOSED,
    SPOT_MARGIN_IN_ISOLATED,
    SPOT_MARGIN_NEEDS_UTA,
)
from utabox.terms import MarginMode
from utabox.why import Why


class SwitchSpotMargin(Command, frozen=True, tag="switch-spot-margin"):
    """Switch spot margin trading on or off."""

    uid: int
    on: bool


class SetSpotLeverage(Command, frozen=True, tag="set-spot-leverage"):
    """Borrow with this leverage: one coin, or every one."""

    uid: int
    leverage: Decimal
    coin: str = ""


class SetAutoRepay(Command, frozen=True, tag="set-auto-repay"):
    """Repay at minutes 0 and 30 by itself, or not: one coin, or every one that is lent."""

    uid: int
    on: bool
    coin: str = ""


class SpotMarginSwitched(Event, frozen=True, tag="spot-margin-switched"):
    uid: int
    on: bool


class SpotLeverageSet(Event, frozen=True, tag="spot-leverage-set"):
    """The leverage of one coin, or, without one, of all, which then have none of their own."""

    uid: int
    leverage: int
    coin: str = ""


class AutoRepaySet(Event, frozen=True, tag="auto-repay-set"):
    """The coins whose mode moved."""

    uid: int
    modes: dict[str, bool]


@decides(SwitchSpotMargin)
def decide(state: State, command: SwitchSpotMargin, now: int) -> list[Event]:
    account = _unhindered(state, command.uid, now)
    if command.on is spot_margin_on(account):
        return []
    if command.on and account.margin_mode is MarginMode.ISOLATED_MARGIN:
        raise Rejected(
            SPOT_MARGIN_IN_ISOLATED,
            why=Why(
                rule="Spot margin needs a margin mode that shares collateral.",
                expected="REGULAR_MARGIN or PORTFOLIO_MARGIN",
                seen=str(account.margin_mode),
                hint="POST /v5/account/set-margin-mode first.",
            ),
        )
    if not command.on and account.uid in state.borrowers:
        raise Rejected(
            BORROWING_NOW,
            why=Why(
                rule="Spot margin stays on while something is owed.",
                expected="no liability",
                seen="a borrowAmount above 0",
                hint="Repay first: POST /v5/account/repay.",
            ),
        )
    return [SpotMarginSwitched(account.uid, command.on)]


@applies(SpotMarginSwitched)
def apply(state: State, event: SpotMarginSwitched) -> None:
    _margin(state.accounts[event.uid]).on = event.on


@decides(SetSpotLeverage)
def decide_leverage(state: State, command: SetSpotLeverage, now: int) -> list[Event]:
    _check_coin(state, command.coin)
    account = _unhindered(state, command.uid, now)
    if not spot_margin_on(account):
        raise Rejected(
            SPOT_LEVERAGE_CLOSED,
            why=Why(
                rule="Leverage is set while spot margin is on.",
                expected="spotMarginMode 1",
                seen="spotMarginMode 0",
                hint="POST /v5/spot-margin-trade/switch-mode with spotMarginMode 1 first.",
            ),
        )
    wanted = command.leverage
    most = leverage_max(state.loan_terms[command.coin]) if command.coin else LEVERAGE_MAX
    if not (wanted.is_finite() and LEVERAGE_MIN <= wanted <= min(most, LEVERAGE_MAX)) or wanted % 1:
        raise Rejected(
            LEVERAGE_OUT_OF_RANGE,
            why=Why(
                rule="Spot leverage is a whole number, and at most that of the coin's first tier.",
                expected=f"{LEVERAGE_MIN} to {min(most, LEVERAGE_MAX)}",
                seen=str(wanted)[:40],
                hint="GET /v5/spot-margin-trade/position-tiers has maxLeverage of each coin.",
            ),
        )
    moved = SpotLeverageSet(account.uid, int(wanted), command.coin)
    if _with_leverage(account, moved) == account.spot_margin:
        return []
    _refuse_too_high(state, account, moved)
    return [moved]


@applies(SpotLeverageSet)
def apply_leverage(state: State, event: SpotLeverageSet) -> None:
    account = state.accounts[event.uid]
    account.spot_margin = _with_leverage(account, event)


@decides(SetAutoRepay)
def decide_auto_repay(state: State, command: SetAutoRepay, now: int) -> list[Event]:
    _check_coin(state, command.coin)
    account = _unhindered(state, command.uid, now)
    coins = [command.coin] if command.coin else list(state.loan_terms)
    moved = {coin: command.on for coin in coins if command.on is not repays_itself(account, coin)}
    if not moved:
        return []
    events: list[Event] = [AutoRepaySet(account.uid, moved)]
    owed = account.coins or {}
    if command.on and any(coin in owed and owed[coin].spot_borrow for coin in moved):
        events += schedule(state, now)
    return events


@applies(AutoRepaySet)
def apply_auto_repay(state: State, event: AutoRepaySet) -> None:
    margin = _margin(state.accounts[event.uid])
    margin.auto_repay = {**(margin.auto_repay or {}), **event.modes}


def spot_margin_on(account: Account) -> bool:
    """`spotMarginMode`."""
    return account.spot_margin is not None and account.spot_margin.on


def repays_itself(account: Account, coin: str) -> bool:
    """`autoRepayMode` of a coin."""
    margin = account.spot_margin
    return margin is not None and (margin.auto_repay or {}).get(coin, False)


def spot_margin_account_of(state: State, uid: int) -> Account:
    """The account with `uid`, if it is a unified one.

    Raises:
        Rejected: SPOT_MARGIN_NEEDS_UTA (176037), when it is a classic account.
    """
    account = account_of(state, uid)
    if not account.unified:
        raise Rejected(
            SPOT_MARGIN_NEEDS_UTA,
            why=Why(
                rule="Only unified accounts have this kind of spot margin.",
                expected="unifiedMarginStatus 3, 4, 5 or 6",
                seen=f"{account.kind.value} (classic)",
                hint=f"Make it unified: `utabox account set {uid} --kind 5`.",
            ),
        )
    return account


def _margin(account: Account) -> SpotMargin:
    if account.spot_margin is None:
        account.spot_margin = SpotMargin()
    return account.spot_margin


def _with_leverage(account: Account, event: SpotLeverageSet) -> SpotMargin:
    before = account.spot_margin or SpotMargin()
    if not event.coin:
        return msgspec.structs.replace(before, leverage=event.leverage, leverages=None)
    own = {**(before.leverages or {}), event.coin: event.leverage}
    return msgspec.structs.replace(before, leverages=own)


def _refuse_too_high(state: State, account: Account, event: SpotLeverageSet) -> None:
    """Refuse a leverage whose initial margin the account does not have."""
    changed = msgspec.structs.replace(account, spot_margin=_with_leverage(account, event))
    holdings = [holding_of(state, changed, coin) for coin in account.coins or {}]
    rate = value(holdings, account.margin_mode).im_rate
    if rate > 1:
        raise Rejected(
            MARGIN_RATE_ABOVE_THRESHOLD,
            why=Why(
                rule="After the change the initial margin must be there.",
                expected="accountIMRate of at most 1",
                seen=f"{rate:.4f}",
                hint="Repay some, or choose a higher leverage.",
            ),
        )


def _unhindered(state: State, uid: int, now: int) -> Account:
    account = spot_margin_account_of(state, uid)
    if account.upgrade_due:
        raise Rejected(ADJUSTMENT_UPGRADING, why=upgrading_why(account, now))
    return account


def _check_coin(state: State, coin: str) -> None:
    """Refuse a coin that is not lent; none is every one."""
    if not coin or coin in state.loan_terms:
        return
    raise Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="Only coins that the exchange lends have this setting.",
            expected="a coin with borrowable true in collateral-info",
            seen=coin[:40],
            hint="Give it in capitals, or leave it out for all.",
        ),
        problem="currency invalid",
    )
