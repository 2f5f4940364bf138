"""GET /v5/account/pay-info"""

from collections.abc import Mapping
from decimal import ROUND_UP, Decimal
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.lookup import unified_account_of
from utabox.engine.account.repay import Purse, in_order_of_liquidation
from utabox.engine.margin.valuation import ZERO, borrow_amount
from utabox.engine.rules import Rejected, exact
from utabox.engine.state import State
from utabox.records.amounts import shortest, uncut
from utabox.retcodes import PARAMS_ERROR, QUICK_NO_LIABILITY, UTA_REQUIRED
from utabox.why import Why

SCALE = 8  # of a coin that is not lent


class Params(msgspec.Struct, frozen=True):
    """One debt, or all."""

    coin: Annotated[str, Meta(description="A coin that is owed. Left out: every debt, in USD.")] = (
        ""
    )


class Payer(msgspec.Struct, frozen=True):
    """A coin that a debt can be paid from, or that is owed. Amounts are in the coin."""

    availableValue: Annotated[str, Meta(description="The available size in USD.")]
    coinScale: Annotated[int, Meta(description="Decimals of the coin.")]
    borrowSize: Annotated[str, Meta(description="What is owed, rounded up to these decimals.")]
    spotHedgeAmount: Annotated[str, Meta(description="What offsets derivatives.")]
    assetFrozen: Annotated[str, Meta(description="Held by open spot orders.")]
    availableSize: Annotated[str, Meta(description="What can be paid with.")]
    coin: Annotated[str, Meta(description="The coin.")]


class Payers(msgspec.Struct, frozen=True):
    """What debts can be paid from."""

    collateralList: Annotated[list[Payer], Meta(description="In the order of liquidation.")]


class Debt(msgspec.Struct, frozen=True):
    """One debt; or all together, in USD."""

    borrowSize: Annotated[str, Meta(description="What is owed, with 18 decimals.")]
    assetFrozen: Annotated[str, Meta(description="Held by open spot orders.")]
    borrowValue: Annotated[str, Meta(description="What is owed, in USD.")]
    # Between the others, as in the example: so it is not the last, although it may be missing.
    coin: Annotated[str | UnsetType, Meta(description="The coin, if it was asked for.")]
    availableBalance: Annotated[str, Meta(description="What of the coin can be paid with.")]


class PayInfo(msgspec.Struct, frozen=True):
    """What is owed, and what it can be paid from."""

    collateralInfo: Annotated[Payers, Meta(description="What it can be paid from.")]
    borrowInfo: Annotated[Debt, Meta(description="What is owed.")]


@query(
    "GET /v5/account/pay-info",
    result=PayInfo,
    ret_msg="Success",
    limit=Limit(50),
    refusals=(PARAMS_ERROR, UTA_REQUIRED, QUICK_NO_LIABILITY),
    source="docs/v5/account/pay-info",
)
@exact
def pay_info(state: State, caller: Caller, params: Params) -> PayInfo:
    """The debts of the calling account, and the coins that a repayment would use."""
    if params.coin:
        coins_named(state, "coin", params.coin, 1)
    account = unified_account_of(state, caller.uid)
    purse = Purse(state, account)
    owed = {coin: borrow_amount(held, account.margin_mode) for coin, held in purse.holdings.items()}
    if params.coin and not owed.get(params.coin):
        raise Rejected(QUICK_NO_LIABILITY, why=_no_debt_why(params.coin, owed))
    debts = [coin for coin, amount in owed.items() if amount]
    sold = [coin for coin in purse.sources() if purse.available(coin)]
    listed = in_order_of_liquidation(state, debts + sold)
    return PayInfo(
        collateralInfo=Payers([_payer(purse, coin, owed[coin]) for coin in listed]),
        borrowInfo=_debt(purse, params.coin, owed[params.coin])
        if params.coin
        else _debts(purse, {coin: owed[coin] for coin in debts}),
    )


def _payer(purse: Purse, coin: str, owed: Decimal) -> Payer:
    held = purse.holdings[coin]
    available = ZERO if owed else purse.available(coin)  # what is owed itself is not sold
    terms = purse.state.loan_terms.get(coin)
    scale = terms.decimals if terms else SCALE
    return Payer(
        availableValue=uncut(available * held.index),
        coinScale=scale,
        borrowSize=uncut(owed.quantize(Decimal(1).scaleb(-scale), ROUND_UP)),
        spotHedgeAmount=uncut(held.hedged_qty),
        assetFrozen=uncut(held.locked),
        availableSize=uncut(available),
        coin=coin,
    )


def _debt(purse: Purse, coin: str, owed: Decimal) -> Debt:
    held = purse.holdings[coin]
    return Debt(
        borrowSize=shortest(owed, 18),
        assetFrozen=uncut(held.locked),
        borrowValue=uncut(owed * held.index),
        coin=coin,
        availableBalance=uncut(purse.available(coin)),
    )


def _debts(purse: Purse, owed: Mapping[str, Decimal]) -> Debt:
    """Sizes of several coins have one sum only: in USD."""
    held = [purse.holdings[coin] for coin in owed]
    value = sum((owed[each.coin] * each.index for each in held), ZERO)
    available = sum((purse.available(each.coin) * each.index for each in held), ZERO)
    return Debt(
        borrowSize=uncut(value),
        assetFrozen=uncut(sum((each.locked * each.index for each in held), ZERO)),
        borrowValue=uncut(value),
        coin=UNSET,
        availableBalance=uncut(available),
    )


def _no_debt_why(coin: str, owed: Mapping[str, Decimal]) -> Why:
    return Why(
        rule="Only a coin that is owed has something to pay.",
        expected=" or ".join(name for name, amount in owed.items() if amount) or "a debt",
        seen=f"coin={coin}, of which nothing is owed",
        hint="Leave coin out for every debt; wallet-balance shows borrowAmount of each coin.",
    )
