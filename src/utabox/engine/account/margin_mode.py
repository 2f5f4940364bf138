"""Switch the margin mode of an account."""

from decimal import Decimal

from utabox.engine.account.lookup import unified_account_of, upgrading_why
from utabox.engine.account.spot_margin import SpotMarginSwitched, spot_margin_on
from utabox.engine.invariants import touch, whole_second
from utabox.engine.margin.loans import borrowed
from utabox.engine.margin.valuation import holdings_of, total_equity, value
from utabox.engine.market.collateral import collateral_of, switched_on
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import (
    ADJUSTMENT_UPGRADING,
    COLLATERAL_CAPPED_MODE,
    EQUITY_BELOW_1000_USDC,
    LIABILITY_BLOCKS_ISOLATED,
    MAINTENANCE_RATE_TOO_HIGH,
    MARGIN_MODE_FAILED,
    MARGIN_MODE_FAILED_DEMO,
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
        failed = MARGIN_MODE_FAILED_DEMO if account.environment.is_demo else MARGIN_MODE_FAILED
        raise Rejected(failed, *(reason for reason, _ in refused), why=why)
    stays_portfolio = command.margin_mode is MarginMode.PORTFOLIO_MARGIN
    isolated = command.margin_mode is MarginMode.ISOLATED_MARGIN
    ended: list[Event] = []
    if isolated and spot_margin_on(account):
        ended.append(SpotMarginSwitched(account.uid, on=False))  # it cannot be on (182021)
    return [
        MarginModeSet(
            uid=account.uid,
            margin_mode=command.margin_mode,
            spot_hedging=account.spot_hedging and stays_portfolio,
            updated_time=whole_second(now),
        ),
        *ended,
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

    The rows about orders, positions and liquidation come with the state that they read.
    """
    refused: list[tuple[RetCode, Why]] = []
    if target is MarginMode.PORTFOLIO_MARGIN:
        equity = total_equity(state, account)
        if equity < PORTFOLIO_EQUITY_USD_MIN:
            refused.append((EQUITY_BELOW_1000_USDC, _equity_why(account, equity)))
        if account.leader:
            refused.append((MASTER_TRADER_NO_PORTFOLIO, _leader_why(account)))
    if target is MarginMode.ISOLATED_MARGIN and account.uid in state.borrowers:
        refused.append((LIABILITY_BLOCKS_ISOLATED, _liability_why(state, account)))
    if target is MarginMode.REGULAR_MARGIN:
        mm_rate = value(holdings_of(state, account), target).mm_rate
        if mm_rate >= 1:
            refused.append((MAINTENANCE_RATE_TOO_HIGH, _rate_why(mm_rate)))
    refused += [_capped(coin) for coin in _capped_coins(state, account)]
    if account.upgrade_due:
        refused.append((ADJUSTMENT_UPGRADING, upgrading_why(account, now)))
    return refused


def _capped_coins(state: State, account: Account) -> list[str]:
    """Coins that the account gives as collateral, of which the exchange takes no more."""
    return [
        name
        for name, coin in (account.coins or {}).items()
        if coin.wallet_balance > 0
        and switched_on(state, account, name)
        and (collateral := collateral_of(state, name)) is not None
        and collateral.capped
    ]


def _capped(coin: str) -> tuple[RetCode, Why]:
    text = COLLATERAL_CAPPED_MODE.message.format(coin=coin)
    why = Why(
        rule="A collateral whose platform limit is reached must be off when the mode changes.",
        expected=f"colRes of {coin} other than 2, or its switch off",
        seen=f"{coin} is collateral with colRes 2",
        hint=f"POST /v5/account/set-collateral-switch with {coin} and OFF first.",
    )
    return RetCode(COLLATERAL_CAPPED_MODE.code, text, COLLATERAL_CAPPED_MODE.source), why


def _liability_why(state: State, account: Account) -> Why:
    owed = {coin: borrowed(state, account, coin) for coin in account.coins or {}}
    return Why(
        rule="Isolated margin knows no loans.",
        expected="borrowAmount 0 of every coin",
        seen=", ".join(f"{amount:f} {coin}" for coin, amount in owed.items() if amount),
        hint="POST /v5/account/repay first.",
    )


def _rate_why(mm_rate: Decimal) -> Why:
    return Why(
        rule="In the new mode the maintenance margin must be there.",
        expected="accountMMRate below 1",
        seen=f"{mm_rate:.4f}",
        hint="Repay some, or transfer collateral in.",
    )


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
