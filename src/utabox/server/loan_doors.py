"""The doors of lending: on which terms the exchange lends coins, and takes them as collateral."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from utabox.engine.market.collateral import WHOLE, SetCollateralTiers, collateral_of
from utabox.engine.market.loan_terms import SetLoanTerms, usual_terms
from utabox.engine.state import Collateral, CollateralTier, LoanTerms, LoanTier, State
from utabox.server.control import door
from utabox.venues import Venue


class LoanTierBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The margin rates of a liability up to `limit`."""

    limit: Decimal
    imr: Decimal
    mmr: Decimal


class LoanChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set what is given. A coin that was not lent needs a rate and a limit, at least."""

    hourlyRate: Decimal | None = None  # 0.01 is 1 %
    familyMax: Decimal | None = None  # of a master with its subs; 0: nothing more is borrowed
    inventory: Decimal | None = None  # of everybody together
    callMin: Decimal | None = None
    callMax: Decimal | None = None
    decimals: int | None = None  # of an amount
    freeLimit: Decimal | None = None  # free of interest, of a debt from unrealised losses
    tiers: list[LoanTierBody] | None = None  # by rising limit


class LoanView(msgspec.Struct, frozen=True):
    """How a coin is lent, as the doors show it."""

    hourlyRate: Decimal
    familyMax: Decimal
    inventory: Decimal
    callMin: Decimal
    callMax: Decimal
    decimals: int
    freeLimit: Decimal
    tiers: list[LoanTierBody]


class CollateralTierBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part of the value that counts, of what is held from `minQty` on."""

    minQty: Decimal
    ratio: Decimal


class CollateralChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Set what is given. A coin that was no collateral needs tiers."""

    tiers: list[CollateralTierBody] | None = None  # by rising minQty, from 0
    on: bool | None = None  # the switch of an account whose user never used it
    capped: bool | None = None  # no more of it is taken: colRes 2
    liquidationOrder: int | None = None  # 1: sold first for a debt; 0: last


class CollateralView(msgspec.Struct, frozen=True):
    """How a coin is taken as collateral, as the doors show it."""

    tiers: list[CollateralTierBody]
    on: bool
    capped: bool
    liquidationOrder: int


@door("GET /-/loans")
def list_loans(venue: Venue) -> dict[str, LoanView]:
    """The coins that the exchange lends, and on which terms."""
    return {coin: _loan(terms) for coin, terms in venue.runtime.state.loan_terms.items()}


@door("PUT /-/loans/{coin}")
def set_loan(venue: Venue, coin: str, body: LoanChange) -> dict[str, LoanView]:
    """Lend a coin, or on other terms; what is left out stays, or is as usual for a new one."""
    state = venue.runtime.state
    terms = msgspec.structs.replace(_terms_before(state, coin, body), **_terms_given(body))
    venue.runtime.execute(SetLoanTerms({coin: terms}))
    return {coin: _loan(state.loan_terms[coin])}


@door("DELETE /-/loans/{coin}")
def end_loan(venue: Venue, coin: str) -> dict[str, str]:
    """Lend a coin no more; refused while somebody has borrowed it."""
    venue.runtime.execute(SetLoanTerms({coin: None}))
    return {"deleted": coin}


@door("GET /-/collateral")
def list_collateral(venue: Venue) -> dict[str, CollateralView]:
    """The coins that the exchange takes as collateral, and how."""
    state = venue.runtime.state
    return {coin: _collateral(how) for coin, how in _taken(state).items()}


@door("PATCH /-/collateral/{coin}")
def set_collateral(venue: Venue, coin: str, body: CollateralChange) -> dict[str, CollateralView]:
    """Take a coin as collateral otherwise; what is left out stays."""
    state = venue.runtime.state
    if coin not in state.index_prices:
        raise ValueError(f"{coin[:40]!r} has no price: PUT /-/prices/{{coin}} first")
    before = collateral_of(state, coin)
    if before is None and body.tiers is None:
        raise ValueError(f"{coin} is no collateral yet: give tiers")
    how = msgspec.structs.replace(before or WHOLE, **_collateral_given(body))
    # A venue that never had tiers takes every coin in full: the others stay so.
    others = {} if state.collateral else dict.fromkeys(state.index_prices, WHOLE)
    venue.runtime.execute(SetCollateralTiers({**others, coin: how}))
    return {coin: _collateral(how)}


def _terms_before(state: State, coin: str, body: LoanChange) -> LoanTerms:
    known = state.loan_terms.get(coin)
    if known is not None:
        return known
    if body.hourlyRate is None or body.familyMax is None:
        raise ValueError(f"{coin[:40]!r} is not lent yet: give hourlyRate and familyMax")
    return usual_terms(body.hourlyRate, body.familyMax)


def _terms_given(body: LoanChange) -> dict[str, Any]:
    tiers = body.tiers
    given = {
        "hourly_rate": body.hourlyRate,
        "family_max": body.familyMax,
        "inventory": body.inventory,
        "call_min": body.callMin,
        "call_max": body.callMax,
        "decimals": body.decimals,
        "free_limit": body.freeLimit,
        "tiers": None if tiers is None else tuple(LoanTier(t.limit, t.imr, t.mmr) for t in tiers),
    }
    return {name: value for name, value in given.items() if value is not None}


def _collateral_given(body: CollateralChange) -> dict[str, Any]:
    tiers = body.tiers
    given = {
        "tiers": None if tiers is None else tuple(CollateralTier(t.minQty, t.ratio) for t in tiers),
        "on": body.on,
        "capped": body.capped,
        "liquidation_order": body.liquidationOrder,
    }
    return {name: value for name, value in given.items() if value is not None}


def _taken(state: State) -> dict[str, Collateral]:
    return state.collateral or dict.fromkeys(state.index_prices, WHOLE)


def _loan(terms: LoanTerms) -> LoanView:
    return LoanView(
        hourlyRate=terms.hourly_rate,
        familyMax=terms.family_max,
        inventory=terms.inventory,
        callMin=terms.call_min,
        callMax=terms.call_max,
        decimals=terms.decimals,
        freeLimit=terms.free_limit,
        tiers=[LoanTierBody(tier.limit, tier.imr, tier.mmr) for tier in terms.tiers],
    )


def _collateral(how: Collateral) -> CollateralView:
    return CollateralView(
        tiers=[CollateralTierBody(tier.min_qty, tier.ratio) for tier in how.tiers],
        on=how.on,
        capped=how.capped,
        liquidationOrder=how.liquidation_order,
    )
