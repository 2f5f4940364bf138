"""Spot hedging: spot holdings offset derivatives in portfolio margin."""

from utabox.engine.account.lookup import refuse_while_upgrading, unified_account_of
from utabox.engine.invariants import touch, whole_second
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import State
from utabox.retcodes import HEDGING_NEEDS_PORTFOLIO
from utabox.terms import MarginMode
from utabox.why import Why


class SetHedgingMode(Command, frozen=True, tag="set-hedging-mode"):
    """Switch spot hedging on or off."""

    uid: int
    on: bool


class HedgingModeSet(Event, frozen=True, tag="hedging-mode-set"):
    """Spot hedging was switched."""

    uid: int
    on: bool
    updated_time: int  # ms


@decides(SetHedgingMode)
def decide(state: State, command: SetHedgingMode, now: int) -> list[Event]:
    account = unified_account_of(state, command.uid)
    refuse_while_upgrading(account, now)
    if account.margin_mode is not MarginMode.PORTFOLIO_MARGIN:
        raise Rejected(
            HEDGING_NEEDS_PORTFOLIO,
            why=Why(
                rule="Spot hedging exists only in portfolio margin.",
                expected="marginMode PORTFOLIO_MARGIN",
                seen=f"marginMode {account.margin_mode}",
                hint="POST /v5/account/set-margin-mode with PORTFOLIO_MARGIN first.",
            ),
        )
    if command.on is account.spot_hedging:
        return []
    return [HedgingModeSet(uid=account.uid, on=command.on, updated_time=whole_second(now))]


@applies(HedgingModeSet)
def apply(state: State, event: HedgingModeSet) -> None:
    account = state.accounts[event.uid]
    account.spot_hedging = event.on
    touch(account, event.updated_time)
