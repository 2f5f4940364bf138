"""GET /v5/market/risk-limit"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.catalogue import instrument, instruments, page, risk_limits
from utabox.endpoint import public
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import Category, InstrumentStatus

SYMBOLS_MAX = 15
"""Symbols a page of linear; inverse has one page (trading-semantics 4.4)."""


class Params(msgspec.Struct, frozen=True):
    """Which contracts."""

    category: Annotated[Literal["linear", "inverse"], Meta(description="linear or inverse.")]
    symbol: Annotated[str, Meta(description="One symbol, in capitals.")] = ""
    cursor: Annotated[str, Meta(description="nextPageCursor of the page before; linear only.")] = ""


class RiskLimit(msgspec.Struct, frozen=True):
    """One tier of a contract."""

    id: Annotated[int, Meta(description="Its number, from 1.")]
    symbol: Annotated[str, Meta(description="The contract.")]
    riskLimitValue: Annotated[
        str, Meta(description="The largest position value in this tier, in the settle coin.")
    ]
    # Fractions, as captured; the page's example has percent.
    maintenanceMargin: Annotated[str, Meta(description="Maintenance margin rate, a fraction.")]
    initialMargin: Annotated[str, Meta(description="Initial margin rate, a fraction.")]
    isLowestRisk: Annotated[int, Meta(description="1: the lowest tier; else 0.")]
    maxLeverage: Annotated[str, Meta(description="The most leverage in this tier.")]
    mmDeduction: Annotated[
        str, Meta(description="What the maintenance margin is less; empty in the lowest tier.")
    ]


class RiskLimits(msgspec.Struct, frozen=True):
    """The tiers of contracts."""

    category: Annotated[str, Meta(description="As asked for.")]
    rows: Annotated[list[RiskLimit], Meta(description="By symbol, lowest tier first.")] = (
        msgspec.field(name="list")
    )
    nextPageCursor: Annotated[str, Meta(description="Empty: the last page.")] = ""


@public(
    "GET /v5/market/risk-limit",
    result=RiskLimits,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/market/risk-limit",
)
def risk_limit(state: State, now: int, params: Params) -> RiskLimits:
    """The tiers of margin and leverage of contracts."""
    category = Category(params.category)
    listed = instruments(category).values()
    asked = [instrument(category, params.symbol)] if params.symbol else listed
    found = [each.symbol for each in asked if each.status(now) is InstrumentStatus.TRADING]
    cursor = ""
    if category is Category.LINEAR:
        shown, cursor = page(found, str, SYMBOLS_MAX, params.cursor)
        found = [*shown]
    tiers = risk_limits(category)
    rows = msgspec.convert([row for name in found for row in tiers[name]], list[RiskLimit])
    return RiskLimits(params.category, rows, cursor)
