"""GET /v5/market/instruments-info"""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.catalogue import Instrument, instrument, instruments, page
from utabox.endpoint import public
from utabox.engine.state import State
from utabox.records.instrument import Found, Instruments, nothing
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import Category, InstrumentStatus

LIMIT_MAX = 1000
CONTRACTS = (Category.LINEAR, Category.INVERSE)
TRADED = (InstrumentStatus.TRADING,)
NOT_CLOSED = (InstrumentStatus.PRE_LAUNCH, InstrumentStatus.TRADING, InstrumentStatus.DELIVERING)


class Params(msgspec.Struct, frozen=True):
    """Which instruments."""

    category: Annotated[Category, Meta(description="The product type.")]
    symbol: Annotated[str, Meta(description="One symbol, in capitals.")] = ""
    symbolType: Annotated[
        str, Meta(description="Only these, such as innovation; not for options.")
    ] = ""
    status: Annotated[
        InstrumentStatus | None,
        Meta(
            description="PreLaunch, Trading, Delivering or Closed. Left out: Trading; of options "
            "all but Closed."
        ),
    ] = None
    baseCoin: Annotated[
        str,
        Meta(
            description="Only these, in capitals; not for spot. Options: BTC. With it, linear and "
            "inverse both show the contracts of both."
        ),
    ] = ""
    limit: Annotated[int, Meta(description="Rows a page, at most 1000; not for spot.")] = 500
    cursor: Annotated[str, Meta(description="nextPageCursor of the page before.")] = ""


@public(
    "GET /v5/market/instruments-info",
    result=Instruments,
    refusals=(PARAMS_ERROR,),
    refused=nothing,
    source="docs/v5/market/instrument",
)
def instruments_info(state: State, now: int, params: Params) -> Found:
    """The instruments of a category and the limits of their orders."""
    wanted = params.status
    is_option = params.category is Category.OPTION
    statuses = (wanted,) if wanted is not None else NOT_CLOSED if is_option else TRADED
    found = [each for each in _asked_for(params) if each.status(now) in statuses]
    if params.category is Category.SPOT:
        return Found(params.category, [each.row_at(now) for each in found])
    limit = min(params.limit, LIMIT_MAX)
    shown, cursor = page(found, lambda each: each.symbol, limit, params.cursor)
    return Found(params.category, [each.row_at(now) for each in shown], cursor)


def _asked_for(params: Params) -> Iterable[Instrument]:
    """By symbol; or else by type and base coin."""
    category, base_coin = params.category, params.baseCoin
    if params.symbol:
        return [instrument(category, params.symbol)]
    if category is Category.OPTION:
        base_coin = base_coin or "BTC"
    found = list(instruments(category).values())
    if base_coin and category in CONTRACTS:
        found = [each for other in CONTRACTS for each in instruments(other).values()]
        found.sort(key=lambda each: each.symbol)
    if params.symbolType and category is not Category.OPTION:
        found = [each for each in found if each.row["symbolType"] == params.symbolType]
    if base_coin and category is not Category.SPOT:
        found = [each for each in found if each.base_coin == base_coin]
    return found
