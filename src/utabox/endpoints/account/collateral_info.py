"""GET /v5/account/collateral-info"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.margin.loans import (
    borrowed,
    family_borrowed,
    interest_of,
    rate_now,
    usage_rate,
)
from utabox.engine.margin.valuation import ZERO, holding_of, money
from utabox.engine.market.collateral import collateral_of, switched_on
from utabox.engine.state import Account, State
from utabox.records.amounts import shortest
from utabox.retcodes import PARAMS_ERROR, UTA_REQUIRED

RATE_DECIMALS = 18


class Params(msgspec.Struct, frozen=True):
    """One coin, or all."""

    currency: Annotated[
        str, Meta(description="In capitals, such as BTC. Left out: every coin of the venue.")
    ] = ""


class CollateralInfo(msgspec.Struct, frozen=True):
    """One coin as collateral, and as what can be borrowed. Amounts are in the coin."""

    availableToBorrow: Annotated[str, Meta(description="What master and subs may still borrow.")]
    freeBorrowingAmount: Annotated[str, Meta(description="Deprecated, always empty.")]
    freeBorrowAmount: Annotated[str, Meta(description="Borrowed free of interest.")]
    maxBorrowingAmount: Annotated[str, Meta(description="What master and subs may borrow.")]
    hourlyBorrowRate: Annotated[str, Meta(description="Interest of an hour now; 0.01 is 1 %.")]
    borrowUsageRate: Annotated[str, Meta(description="Borrowed by master and subs; 0.5 is 50 %.")]
    collateralSwitch: Annotated[bool, Meta(description="Whether the user gives it as collateral.")]
    borrowAmount: Annotated[str, Meta(description="Borrowed by this account.")]
    borrowable: Annotated[bool, Meta(description="Whether it can be borrowed.")]
    currency: Annotated[str, Meta(description="The coin.")]
    otherBorrowAmount: Annotated[str, Meta(description="Borrowed by its master and other subs.")]
    marginCollateral: Annotated[
        bool, Meta(description="Whether the exchange takes it as collateral.")
    ]
    freeBorrowingLimit: Annotated[str, Meta(description="Free of interest at most.")]
    collateralRatio: Annotated[
        str, Meta(description="Deprecated: the ratio of the first tier; 0: no collateral.")
    ]


class CollateralInfos(msgspec.Struct, frozen=True):
    """Coins, one a row."""

    list: Annotated[list[CollateralInfo], Meta(description="The coins asked for.")]


@query(
    "GET /v5/account/collateral-info",
    result=CollateralInfos,
    limit=Limit(50),
    refusals=(PARAMS_ERROR, UTA_REQUIRED),
    demo=True,
    source="docs/v5/account/collateral-info",
)
def collateral_info(state: State, caller: Caller, params: Params) -> CollateralInfos:
    """Which coins are collateral of the calling account, and which can be borrowed."""
    names = list(state.index_prices)
    if params.currency:
        names = coins_named(state, "currency", params.currency, 1)
    account = unified_account_of(state, caller.uid)
    return CollateralInfos([_row(state, account, name) for name in names])


def _row(state: State, account: Account, coin: str) -> CollateralInfo:
    """The limits are shared by master and subs; of a coin that is not lent they are 0."""
    collateral, terms = collateral_of(state, coin), state.loan_terms.get(coin)
    usage = usage_rate(state, account, coin)
    family = family_borrowed(state, account, coin)
    own = borrowed(state, account, coin)
    due = interest_of(state, account, holding_of(state, account, coin), usage) if own else None
    return CollateralInfo(
        availableToBorrow=money(max(ZERO, terms.family_max - family)) if terms else "0",
        freeBorrowingAmount="",
        freeBorrowAmount=money(due.free) if due else "0",
        maxBorrowingAmount=money(terms.family_max) if terms else "0",
        hourlyBorrowRate=shortest(rate_now(terms, usage), RATE_DECIMALS) if terms else "0",
        borrowUsageRate=money(usage),
        collateralSwitch=switched_on(state, account, coin),
        borrowAmount=money(own),
        borrowable=terms is not None,
        currency=coin,
        otherBorrowAmount=money(family - own),
        marginCollateral=collateral is not None,
        freeBorrowingLimit=money(terms.free_limit) if terms else "0",
        collateralRatio=money(collateral.tiers[0].ratio) if collateral else "0",
    )
