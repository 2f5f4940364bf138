"""GET /v5/spot-margin-trade/interest-rate-history"""

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.spot_margin import spot_margin_account_of
from utabox.engine.history import Book, Facet
from utabox.engine.market.loan_terms import RateRow
from utabox.engine.rules import Rejected
from utabox.engine.state import State
from utabox.journal.history import History
from utabox.records.amounts import uncut
from utabox.records.paging import DAY, HOUR, EndTime, StartTime, window
from utabox.retcodes import PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA
from utabox.terms import VipLevel
from utabox.why import Why

USUAL, MOST, KEPT = 7 * DAY, 30 * DAY, 180 * DAY
"""How long the time is, ms, when it is left out; how long it may be; how far back there is any."""


class Params(msgspec.Struct, frozen=True):
    """Which coin, and when: both times, or none for 7 days."""

    currency: Annotated[str, Meta(description="In capitals, such as BTC.")]
    vipLevel: Annotated[
        VipLevel | None, Meta(description="All levels pay the same. Left out: the caller's.")
    ] = None
    startTime: Annotated[StartTime | None, Meta(description="ms, inclusive.")] = None
    endTime: Annotated[EndTime | None, Meta(description="ms, inclusive.")] = None


class HourlyRate(msgspec.Struct, frozen=True):
    """The rate at one full hour."""

    timestamp: Annotated[int, Meta(description="ms, a full hour.")]
    currency: Annotated[str, Meta(description="The coin.")]
    hourlyBorrowRate: Annotated[str, Meta(description="0.01 is 1 %.")]
    vipLevel: Annotated[VipLevel, Meta(description="The level asked for.")]


class HourlyRates(msgspec.Struct, frozen=True):
    """Hours, one a row."""

    list: Annotated[list[HourlyRate], Meta(description="The newest first.")]


@query(
    "GET /v5/spot-margin-trade/interest-rate-history",
    result=HourlyRates,
    permission=("Spot",),
    refusals=(PARAMS_ERROR, SPOT_MARGIN_NEEDS_UTA),
    ext_info_text=True,
    source="docs/v5/spot-margin-uta/historical-interest",
)
def interest_rate_history(
    state: State, caller: Caller, params: Params, history: History
) -> HourlyRates:
    """What borrowing a coin cost at each full hour: at most 30 days at once, of 180 days."""
    (coin,) = coins_named(state, "currency", params.currency, 1)
    if (params.startTime is None) is not (params.endTime is None):
        raise Rejected(
            PARAMS_ERROR, why=_one_time_why(params), problem=f"{_missing(params)} invalid"
        )
    start, end = window(params.startTime, params.endTime, caller.now, usual=USUAL, most=MOST)
    account = spot_margin_account_of(state, caller.uid)
    level = params.vipLevel or account.vip_level
    hours = _hours(history, coin, max(start, caller.now - KEPT), min(end, caller.now))
    return HourlyRates([HourlyRate(hour, coin, rate, level) for hour, rate in hours])


def _hours(history: History, coin: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Each full hour in which the coin was lent, newest first, with the rate that held then.

    A rate holds until the next one: one look for each that is found, and none for an hour.
    """
    hour = end - end % HOUR
    while hour >= start:
        found, _ = history.page(
            Book.LOAN_RATES, 0, RateRow, start=0, end=hour, limit=1, of=Facet(coin)
        )
        if not found:
            return
        since, rate = found[0].time, found[0].content.rate
        while hour >= max(start, since):
            if rate is not None:
                yield hour, uncut(rate)
            hour -= HOUR


def _missing(params: Params) -> str:
    return "startTime" if params.startTime is None else "endTime"


def _one_time_why(params: Params) -> Why:
    return Why(
        rule="Both times are given, or none.",
        expected="startTime and endTime",
        seen=f"no {_missing(params)}",
        hint="Give both, at most 30 days apart, or leave both out for 7 days.",
    )
