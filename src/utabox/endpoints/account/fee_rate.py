"""GET /v5/account/fee-rate"""

import functools
from typing import Annotated, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

from utabox.catalogue import instrument, instruments
from utabox.endpoint import Caller, Limit, query
from utabox.engine.rules import Rejected
from utabox.engine.state import State
from utabox.facts import facts
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import Category, InstrumentStatus, VipLevel
from utabox.why import Why

BASE_COINS = ("BTC", "ETH", "SOL")  # the page's; others follow when options of them are listed


class Params(msgspec.Struct, frozen=True):
    """One category, and which part of it."""

    # The page requires it; its example leaves it out, and so does ccxt's fetch_trading_fees.
    category: Annotated[Category, Meta(description="The product.")] = Category.LINEAR
    symbol: Annotated[
        str, Meta(description="Of spot, linear or inverse, in capitals. Left out: all that trade.")
    ] = ""
    baseCoin: Annotated[
        str, Meta(description="Of option, in capitals. Left out: every base coin.")
    ] = ""


class FeeRate(msgspec.Struct, frozen=True):
    """The rates of one symbol, or of one base coin's options; 0.001 is 0.1 %."""

    symbol: Annotated[str, Meta(description="The symbol; empty for options.")]
    takerFeeRate: Annotated[str, Meta(description="Of an order that is filled at once.")]
    makerFeeRate: Annotated[str, Meta(description="Of an order that was resting.")]
    baseCoin: Annotated[str | UnsetType, Meta(description="Of options only.")] = UNSET


class FeeRates(msgspec.Struct, frozen=True):
    """The rates of one category."""

    list: Annotated[list[FeeRate], Meta(description="In the order of the symbols.")]
    category: Annotated[Category | UnsetType, Meta(description="spot or option only.")] = UNSET


class Rates(NamedTuple):
    """What a level pays, as the wire has it."""

    taker: str
    maker: str


@query(
    "GET /v5/account/fee-rate",
    result=FeeRates,
    limit=Limit(5),
    refusals=(PARAMS_ERROR,),
    source="docs/v5/account/fee-rate",
)
def fee_rate(state: State, caller: Caller, params: Params) -> FeeRates:
    """The trading fees of the calling account; a sub-account pays as its master."""
    account, category = caller.account, params.category
    payer = account if account.is_master else state.accounts[account.parent_uid]
    pays = rates_of(payer.vip_level, category)
    if category is Category.OPTION:
        coins = _base_coins(params.baseCoin)
        return FeeRates([FeeRate("", *pays, baseCoin=coin) for coin in coins], category)
    symbols = [params.symbol] if params.symbol else _trading(category, caller.now)
    rows = [FeeRate(instrument(category, symbol).symbol, *pays) for symbol in symbols]
    return FeeRates(rows, category if category is Category.SPOT else UNSET)


def _trading(category: Category, now: int) -> list[str]:
    """The symbols that were not delivered yet."""
    listed = instruments(category).values()
    return [each.symbol for each in listed if each.status(now) is InstrumentStatus.TRADING]


def rates_of(level: VipLevel, category: Category) -> Rates:
    """What `level` pays; the PRO levels, whose rates are not known, as VIP-Supreme."""
    levels = _levels()
    known = levels.get(level.value) or levels[VipLevel.VIP_SUPREME.value]
    return known[category.value]


@functools.cache
def _levels() -> dict[str, dict[str, Rates]]:
    return {
        level: {category: Rates(*pair) for category, pair in rates.items()}
        for level, rates in facts("fees")["levels"].items()
    }


def _base_coins(wanted: str) -> list[str]:
    """Those that have options.

    Raises:
        Rejected: PARAMS_ERROR (10001), `baseCoin invalid`.
    """
    listed = instruments(Category.OPTION).values()
    coins = list(dict.fromkeys([*BASE_COINS, *(option.base_coin for option in listed)]))
    if not wanted or wanted in coins:
        return [wanted] if wanted else coins
    raise Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="The base coin must be one that has options.",
            expected=" or ".join(coins),
            seen=repr(wanted[:40]),
            hint="Give one of them in capitals, or leave it out for all.",
        ),
        problem="baseCoin invalid",
    )
