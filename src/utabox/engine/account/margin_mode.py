"""Switch the margin mode of an account."""

from decimal import Decimal

from utabox.engine.account.lookup import unified_account_of, upgrading_why
from utabox.engine.invariants import touch, whole_second
from utabox.engine.margin.valuation import total_equity
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    EQUITY_BELOW_1000_USDC,
    MARGIN_MODE_FAILED,
    MASTER_TRADER_NO_PORTFOLIO,
    RetCode,
)
from utabox.terms import MarginMode
from utabox.why import Why, joined

PORTFOLIO_EQUITY_USD_MIN = Decimal(1000)


class SetMarginMode(Command, frozen=True, tag="set-margin-mode"):
    """Use `margin_mode` from now on."""

    uid: int
    margin_mode: MarginMode


class MarginModeSet(Event, frozen=True, tag="margin-mode-set"):
    """The mode changed; leaving portfolio margin ends spot hedging (Q8)."""

    uid: int
    margin_mode: MarginMode
    spot_hedging: bool
    updated_time: int  # ms


@decides(SetMarginMode)
def decide(state: State, command: SetMarginMode, now: int) -> list[Event]:
    account = unified_account_of(state, command.uid)
    if command.margin_mode is account.margin_mode:
        return []
    refused = _reasons(state, account, command.margin_mode, now)
    if refused:
        why = joined([(str(reason.code), why) for reason, why in refused])
        raise Rejected(MARGIN_MODE_FAILED, *(reason for reason, _ in refused), why=why)
    stays_portfolio = command.margin_mode is MarginMode.PORTFOLIO_MARGIN
    return [
        MarginModeSet(
            uid=account.uid,
            margin_mode=command.margin_mode,
            spot_hedging=account.spot_hedging and stays_portfolio,
            updated_time=whole_second(now),
        )
    ]


@applies(MarginModeSet)
def apply(state: State, event: MarginModeSet) -> None:
    account = state.accounts[event.uid]
    account.margin_mode = event.margin_mode
    account.spot_hedging = event.spot_hedging
    touch(account, event.updated_time)


def _reasons(
    state: State, account: Account, target: MarginMode, now: int
) -> list[tuple[RetCode, Why]]:
    """Every row of the decision table (account-semantics 6.2) that matches, not only the first.

    The rows about orders, positions, liabilities, liquidation and collateral caps come with
    the state that they read.
    """
    refused: list[tuple[RetCode, Why]] = []
    if target is MarginMode.PORTFOLIO_MARGIN:
        equity = total_equity(state, account)
        if equity < PORTFOLIO_EQUITY_USD_MIN:
            refused.append((EQUITY_BELOW_1000_USDC, _equity_why(account, equity)))
        if account.leader:
            refused.append((MASTER_TRADER_NO_PORTFOLIO, _leader_why(account)))
    if account.upgrade_due:
        refused.append((ADJUSTMENT_UPGRADING, upgrading_why(account, now)))
    return refused


def _equity_why(account: Account, equity: Decimal) -> Why:
    missing = PORTFOLIO_EQUITY_USD_MIN - equity
    return Why(
        rule="Portfolio margin needs a total equity of at least 1000 USD when it is entered.",
        expected=f"totalEquity >= {PORTFOLIO_EQUITY_USD_MIN} USD",
        seen=f"totalEquity {equity:f} USD",
        hint=f"{missing:f} USD are missing: `utabox account fund {account.uid} USDC AMOUNT`.",
        details={"equity_usd": f"{equity:f}", "threshold_usd": f"{PORTFOLIO_EQUITY_USD_MIN}"},
    )


def _leader_why(account: Account) -> Why:
    return Why(
        rule="A copy-trading leader cannot use portfolio margin.",
        expected="isMasterTrader false",
        seen="isMasterTrader true",
        hint=f"Use another account, or `utabox account set {account.uid} --no-leader`.",
    )
