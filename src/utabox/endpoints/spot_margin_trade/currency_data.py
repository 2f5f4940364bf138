"""GET /v5/spot-margin-trade/currency-data"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.spot_margin import spot_margin_account_of
from utabox.engine.state import LoanTerms, State
from utabox.records.amounts import uncut
from utabox.retcodes import PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA

OfFixed = Annotated[str, Meta(description="Of fixed-rate loans, which are not here: empty.")]


class Params(msgspec.Struct, frozen=True):
    """One coin, or all that are lent."""

    currency: Annotated[
        str, Meta(description="In capitals. Left out: every coin that is lent.")
    ] = ""


class CurrencyData(msgspec.Struct, frozen=True):
    """How one coin can be borrowed by hand."""

    currency: Annotated[str, Meta(description="The coin.")]
    flexibleManualBorrowable: Annotated[bool, Meta(description="Whether it is lent.")]
    minFlexibleManualBorrowQty: Annotated[
        str, Meta(description="The least in one call; empty if it is not lent.")
    ]
    flexibleManualBorrowAccuracy: Annotated[
        str, Meta(description="Decimals of an amount; empty if it is not lent.")
    ]
    fixedManualBorrowable: Annotated[bool, Meta(description="At a fixed rate: never.")]
    minFixedManualBorrowQty: OfFixed
    fixedManualBorrowAccuracy: OfFixed
    fixedInterestRateAccuracy: OfFixed
    minFixedInterestRate: OfFixed
    maxFixedInterestRate: OfFixed


class CurrencyDatas(msgspec.Struct, frozen=True):
    """Coins, one a row."""

    list: Annotated[list[CurrencyData], Meta(description="The coins asked for.")]


@query(
    "GET /v5/spot-margin-trade/currency-data",
    result=CurrencyDatas,
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA),
    ext_info_text=True,
    source="docs/v5/spot-margin-uta/currency-data",
)
def currency_data(state: State, caller: Caller, params: Params) -> CurrencyDatas:
    """The least and the finest amount that can be borrowed of each coin."""
    coins = list(state.loan_terms)
    if params.currency:
        coins = coins_named(state, "currency", params.currency, 1)
    spot_margin_account_of(state, caller.uid)
    return CurrencyDatas([_row(coin, state.loan_terms.get(coin)) for coin in coins])


def _row(coin: str, terms: LoanTerms | None) -> CurrencyData:
    return CurrencyData(
        currency=coin,
        flexibleManualBorrowable=terms is not None,
        minFlexibleManualBorrowQty=uncut(terms.call_min) if terms else "",
        flexibleManualBorrowAccuracy=str(terms.decimals) if terms else "",
        fixedManualBorrowable=False,
        minFixedManualBorrowQty="",
        fixedManualBorrowAccuracy="",
        fixedInterestRateAccuracy="",
        minFixedInterestRate="",
        maxFixedInterestRate="",
    )
