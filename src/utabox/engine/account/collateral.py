"""Which coins a user gives as collateral: the switches of an account.

The rows about margin, liabilities and platform caps (account-semantics 7.2) come with the state
that they read.
"""

from utabox.engine.account.lookup import unified_account_of, upgrading_why
from utabox.engine.market.collateral import collateral_of, switched_on
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import State
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    COLLATERAL_DUPLICATE,
    COLLATERAL_NOT_SWITCHABLE,
)
from utabox.why import Why

ALWAYS_ON = ("USDT", "USDC")


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
    return [CollateralSwitched(account.uid, moved)] if moved else []


@applies(CollateralSwitched)
def apply(state: State, event: CollateralSwitched) -> None:
    account = state.accounts[event.uid]
    account.collateral = {**(account.collateral or {}), **event.switches}


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
