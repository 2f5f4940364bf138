"""Which coins a user gives as collateral: the switches of an account.

Account-semantics 7.2.
"""

from decimal import Decimal

import msgspec

from utabox.engine.account.lookup import unified_account_of, upgrading_why
from utabox.engine.margin.loans import borrowed
from utabox.engine.margin.valuation import holdings_of, value
from utabox.engine.market.collateral import collateral_of, switched_on
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    COLLATERAL_CAPPED,
    COLLATERAL_DUPLICATE,
    COLLATERAL_MARGIN_CHECK,
    COLLATERAL_NOT_SWITCHABLE,
    COLLATERAL_SWITCH_FAILED,
)
from utabox.terms import MarginMode
from utabox.why import Why

ALWAYS_ON = ("USDT", "USDC")
IM_RATE_MAX = Decimal(1)


class SwitchCollateral(Command, frozen=True, tag="switch-collateral"):
    """Switch coins on or off as collateral: all of them, or none if one is refused."""

    uid: int
    switches: tuple[tuple[str, bool], ...]  # coin, on


class CollateralSwitched(Event, frozen=True, tag="collateral-switched"):
    """The coins whose switch moved."""

    uid: int
    switches: dict[str, bool]


@decides(SwitchCollateral)
def decide(state: State, command: SwitchCollateral, now: int) -> list[Event]:
    account = unified_account_of(state, command.uid)
    if account.upgrade_due:  # not 3100197, as other settings (1.3)
        raise Rejected(ADJUSTMENT_UPGRADING, why=upgrading_why(account, now))
    wanted = dict(command.switches)
    if len(wanted) < len(command.switches):
        raise _named_twice([coin for coin, _ in command.switches])
    for coin in wanted:
        _refuse_unswitchable(state, coin)
    moved = {coin: on for coin, on in wanted.items() if on is not switched_on(state, account, coin)}
    for coin in [coin for coin, on in moved.items() if on]:
        _refuse_capped(state, coin)
    for coin in [coin for coin, on in moved.items() if not on]:
        _refuse_owed(state, account, coin)
    _refuse_without_margin(state, account, moved)
    return [CollateralSwitched(account.uid, moved)] if moved else []


@applies(CollateralSwitched)
def apply(state: State, event: CollateralSwitched) -> None:
    account = state.accounts[event.uid]
    account.collateral = {**(account.collateral or {}), **event.switches}


def _refuse_capped(state: State, coin: str) -> None:
    """Of a coin at the platform's limit no more is taken."""
    collateral = collateral_of(state, coin)
    if collateral is not None and collateral.capped:
        why = Why(
            rule="The exchange takes so much of a coin as collateral from all accounts together.",
            expected=f"colRes of {coin} other than 2",
            seen=f"{coin} has colRes 2",
            hint=f"Leave it off, or lift the cap: PATCH /-/collateral/{coin}.",
        )
        raise Rejected(COLLATERAL_CAPPED, why=why, coin=coin)


def _refuse_owed(state: State, account: Account, coin: str) -> None:
    """A coin that is owed stays collateral."""
    owed = borrowed(state, account, coin)
    if owed:
        raise Rejected(
            COLLATERAL_SWITCH_FAILED,
            why=Why(
                rule="A coin that is owed cannot be switched off.",
                expected=f"borrowAmount 0 of {coin}",
                seen=f"{owed:f} {coin}",
                hint="Repay it first: POST /v5/account/repay.",
            ),
        )


def _refuse_without_margin(state: State, account: Account, moved: dict[str, bool]) -> None:
    """After the change the initial margin must be there."""
    if all(moved.values()) or account.margin_mode is MarginMode.ISOLATED_MARGIN:
        return
    holdings = [
        msgspec.structs.replace(held, collateral_on=moved.get(held.coin, held.collateral_on))
        for held in holdings_of(state, account)
    ]
    rate = value(holdings, account.margin_mode).im_rate
    if rate > IM_RATE_MAX:
        off = ", ".join(coin for coin, on in moved.items() if not on)
        raise Rejected(
            COLLATERAL_MARGIN_CHECK,
            why=Why(
                rule="What stays collateral must carry the initial margin.",
                expected=f"accountIMRate of at most {IM_RATE_MAX} without {off}",
                seen=f"{rate:.4f}",
                hint="Repay some, or transfer other collateral in.",
                details={"im_rate": f"{rate:.4f}"},
            ),
        )


def _refuse_unswitchable(state: State, coin: str) -> None:
    known = coin in state.index_prices
    if coin not in ALWAYS_ON and known and collateral_of(state, coin) is not None:
        return
    seen, hint = coin[:40], "Choose a coin with marginCollateral true in collateral-info."
    if coin in ALWAYS_ON:
        seen, hint = f"{coin}, which is always on", "Leave it out."
    elif "," in coin:
        hint = "One coin a call; use POST /v5/account/set-collateral-switch-batch for several."
    elif coin.upper() in state.index_prices and not known:
        hint = f"Write {coin.upper()}."
    raise Rejected(
        COLLATERAL_NOT_SWITCHABLE,
        why=Why(
            rule="Only coins that the exchange takes as collateral have a switch.",
            expected=f"a collateral coin other than {' and '.join(ALWAYS_ON)}",
            seen=seen,
            hint=hint,
        ),
    )


def _named_twice(coins: list[str]) -> Rejected:
    twice = next(coin for coin in coins if coins.count(coin) > 1)
    return Rejected(
        COLLATERAL_DUPLICATE,
        why=Why(
            rule="A batch names each coin once.",
            expected="different coins",
            seen=f"{twice[:40]}, {coins.count(twice)} times",
            hint="Leave all but one out.",
        ),
    )
