"""GET /v5/spot-cross-margin-trade/account"""

from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.ledger import balances_of
from utabox.engine.margin.loans import accrued_interest
from utabox.engine.margin.valuation import (
    ZERO,
    Holding,
    borrow_amount,
    holdings_of,
    money,
    rate,
    value,
)
from utabox.engine.rules import exact
from utabox.engine.state import Account, State
from utabox.terms import AccountType

UNIT = "BTC"  # of the two sums


class LoanAccount(msgspec.Struct, frozen=True):
    """One coin. Amounts are in the coin."""

    tokenId: Annotated[str, Meta(description="The coin.")]
    total: Annotated[str, Meta(description="The balance.")]
    locked: Annotated[str, Meta(description="Held by open orders.")]
    loan: Annotated[str, Meta(description="The liability.")]
    interest: Annotated[str, Meta(description="Interest not charged yet.")]
    free: Annotated[str, Meta(description="The balance without what is locked.")]


class MarginAccount(msgspec.Struct, frozen=True):
    """What an account has and owes."""

    status: Annotated[str, Meta(description="1: normal.")]
    riskRate: Annotated[str, Meta(description="The maintenance margin rate.")]
    acctBalanceSum: Annotated[str, Meta(description="All balances, in BTC.")]
    debtBalanceSum: Annotated[str, Meta(description="All liabilities, in BTC.")]
    loanAccountList: Annotated[list[LoanAccount], Meta(description="Coins that are not zero.")]


@query(
    "GET /v5/spot-cross-margin-trade/account",
    result=MarginAccount,
    ret_msg="success",
    limit=Limit(50),
    source="none: it was taken down; ccxt's fetch_borrow_interest calls the endpoint",
)
def account(state: State, caller: Caller) -> MarginAccount:
    """The loans of the unified wallet, or of a classic account's spot wallet."""
    return _answer(state, caller)


@exact
def _answer(state: State, caller: Caller) -> MarginAccount:
    of, mode = caller.account, caller.account.margin_mode
    holdings = _holdings(state, of)
    unit = state.index_prices.get(UNIT)
    owed = {held.coin: borrow_amount(held, mode) for held in holdings}
    owned = sum((held.wallet_balance * held.index for held in holdings), ZERO)
    debts = sum((owed[held.coin] * held.index for held in holdings), ZERO)
    return MarginAccount(
        status="1",
        riskRate=rate(value(holdings, mode).mm_rate),
        acctBalanceSum=money(owned / unit) if unit else "0",
        debtBalanceSum=money(debts / unit) if unit else "0",
        loanAccountList=[
            LoanAccount(
                tokenId=held.coin,
                total=money(held.wallet_balance),
                locked=money(held.locked),
                loan=money(owed[held.coin]),
                interest=money(accrued_interest(state, of, held.coin, caller.now)),
                free=money(_free(held)),
            )
            for held in holdings
            if held.wallet_balance or owed[held.coin]
        ],
    )


def _holdings(state: State, account: Account) -> list[Holding]:
    if account.unified:
        return holdings_of(state, account)
    held = balances_of(account, AccountType.SPOT)
    return [Holding(coin, state.index_prices[coin], balance) for coin, balance in held.items()]


def _free(holding: Holding) -> Decimal:
    return max(ZERO, holding.wallet_balance - holding.locked)
