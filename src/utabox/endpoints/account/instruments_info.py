"""GET /v5/account/instruments-info"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.catalogue import Instrument, Row, instrument, instruments, page
from utabox.endpoint import Caller, Limit, query
from utabox.engine.state import State
from utabox.records.instrument import Found, Instruments, nothing
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import Category, InstrumentStatus

LIMIT_MAX = 200
NO_RPI = {"isPublicRpi": False, "myRpiPermission": False}


class Params(msgspec.Struct, frozen=True):
    """Which instruments."""

    category: Annotated[
        Literal["spot", "linear", "inverse"], Meta(description="spot, linear or inverse.")
    ]
    symbol: Annotated[str, Meta(description="One symbol, in capitals.")] = ""
    limit: Annotated[int, Meta(description="Rows a page, at most 200; not for spot.")] = 200
    cursor: Annotated[str, Meta(description="nextPageCursor of the page before.")] = ""


@query(
    "GET /v5/account/instruments-info",
    result=Instruments,
    limit=Limit(10),
    refusals=(PARAMS_ERROR,),
    refused=nothing,
    source="docs/v5/account/instrument",
)
def account_instruments_info(state: State, caller: Caller, params: Params) -> Found:
    """The instruments that the calling account may trade, and whether with RPI orders."""
    category = Category(params.category)
    listed = instruments(category).values()
    asked = [instrument(category, params.symbol)] if params.symbol else listed
    found = [each for each in asked if each.status(caller.now) is InstrumentStatus.TRADING]
    if category is Category.SPOT:
        return Found(category, [_row(each, caller.now) for each in found])
    limit = min(params.limit, LIMIT_MAX)
    shown, cursor = page(found, lambda each: each.symbol, limit, params.cursor)
    return Found(category, [_row(each, caller.now) for each in shown], cursor)


def _row(instrument: Instrument, now: int) -> Row:
    return {**instrument.row_at(now), **NO_RPI}
