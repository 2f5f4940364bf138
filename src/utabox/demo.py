"""What an empty store begins with: prices, collateral, and one account for use at once."""

from __future__ import annotations

import json
from decimal import Decimal
from importlib import resources
from typing import Any, NamedTuple

import msgspec

from utabox.engine.account.api_key import CreateApiKey
from utabox.engine.account.funding import Fund
from utabox.engine.account.opening import CreateAccount
from utabox.engine.market.collateral import SetCollateralTiers
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.market.loan_terms import SetLoanTerms, usual_terms
from utabox.engine.state import (
    ApiKey,
    Collateral,
    CollateralTier,
    LoanTerms,
    LoanTier,
    State,
)
from utabox.secret import KEY_LENGTH, new_secret
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET, Settings, SettingsError
from utabox.terms import Algorithm, Environment
from utabox.venues import Venue

DEMO_FUNDS = {
    "USDT": Decimal(50_000),
    "USDC": Decimal(50_000),
    "BTC": Decimal(1),
    "ETH": Decimal(1),
}


class Credentials(NamedTuple):
    """A key and, when this process knows it, its secret."""

    api_key: str
    secret: str | None


def index_prices() -> dict[str, Decimal]:
    """USD prices of the catalogue's coins."""
    text = resources.files("utabox").joinpath("data/index_prices.json").read_text("utf-8")
    return {coin: Decimal(price) for coin, price in json.loads(text)["prices"].items()}


def collateral() -> dict[str, Collateral]:
    """The coins that the exchange takes as collateral; the file says whose numbers they are."""
    text = resources.files("utabox").joinpath("data/collateral.json").read_text("utf-8")
    return {
        coin: Collateral(
            tuple(CollateralTier(Decimal(qty), Decimal(ratio)) for qty, ratio in fact["tiers"]),
            fact["on"],
            fact["order"],
        )
        for coin, fact in json.loads(text)["coins"].items()
    }


def loan_terms() -> dict[str, LoanTerms]:
    """The coins that the exchange lends; the file says whose numbers they are."""
    text = resources.files("utabox").joinpath("data/loans.json").read_text("utf-8")
    return {coin: _loan_terms(fact) for coin, fact in json.loads(text)["coins"].items()}


def _loan_terms(fact: dict[str, Any]) -> LoanTerms:
    terms = usual_terms(Decimal(fact["rate"]), Decimal(fact["family_max"]))
    tiers = tuple(LoanTier(*map(Decimal, tier)) for tier in fact.get("tiers", ()))
    call_min = Decimal(fact["call_min"])
    return msgspec.structs.replace(terms, call_min=call_min, tiers=tiers or terms.tiers)


def prepare(venue: Venue, settings: Settings) -> Credentials:
    """Fill an empty venue, and make sure that the demo credentials may be used as bound.

    Raises:
        SettingsError: the credentials contradict the store, or may not be reached from outside.
        SealError: the key file is not the one that sealed this store's secrets.
    """
    state = venue.runtime.state
    wanted = _wanted(settings)
    if not state.seq:
        _open(venue, wanted)
    _check(venue, settings, wanted)
    profile = settings.profile
    if settings.api_key is not None and settings.api_key not in state.keys:
        uid = first_uid(state, profile)
        add_key(venue, _open_account(venue) if uid is None else uid, wanted)
    key = state.keys.get(wanted.api_key)
    if key is not None and _is_of(state, key.uid, profile):
        return wanted
    others = (known.api_key for known in state.keys.values() if _is_of(state, known.uid, profile))
    return Credentials(next(others, wanted.api_key), None)


def first_uid(state: State, profile: Environment | None) -> int | None:
    """The oldest account of an environment, if it has one; None: of any."""
    return next((uid for uid in state.accounts if _is_of(state, uid, profile)), None)


def _is_of(state: State, uid: int, profile: Environment | None) -> bool:
    account = state.accounts[uid]
    return not account.deleted and profile in (None, account.environment)


def _check(venue: Venue, settings: Settings, wanted: Credentials) -> None:
    """Refuse before anything is written.

    Raises:
        SettingsError: see `prepare`.
        SealError: the key file is not the one that sealed this store's secrets.
    """
    keys = venue.runtime.state.keys
    for sealed in (key for key in keys.values() if key.sealed_secret):
        venue.sealer.open(sealed.sealed_secret, sealed.api_key.encode())
        break
    key = keys.get(wanted.api_key)
    if key is not None and settings.api_key is not None and not _fits(venue, key, wanted):
        raise SettingsError(
            f"The store has the key {wanted.api_key} with another secret: unset UTABOX_API_KEY "
            "and UTABOX_API_SECRET, or choose another key."
        )
    state, profile = venue.runtime.state, settings.profile
    if key is not None and settings.api_key is not None and not _is_of(state, key.uid, profile):
        home = state.accounts[key.uid].environment
        raise SettingsError(
            f"The store has the key {wanted.api_key} for an account of {home}, not of {profile}: "
            f"start with --environment {home} or full, or choose another UTABOX_API_KEY."
        )
    published = keys.get(DEMO_API_KEY)
    if not settings.on_loopback and published is not None and _fits(venue, published, _DEMO):
        raise SettingsError(
            f"The store has the published demo key, which may not be reached beyond loopback "
            f"({settings.host}): `utabox key delete {DEMO_API_KEY}` on loopback first, or use a "
            "new --data folder."
        )


def add_key(venue: Venue, uid: int, credentials: Credentials) -> None:
    """Give the account `uid` an HMAC key with all permissions.

    Raises:
        Rejected: the id is taken or not one, or the account does not exist.
    """
    assert credentials.secret is not None
    venue.runtime.execute(
        CreateApiKey(
            uid=uid,
            api_key=credentials.api_key,
            algorithm=Algorithm.HMAC,
            sealed_secret=venue.sealed(credentials.api_key, credentials.secret),
            note="demo",
            expires_at=0,  # a store that is opened again after 90 days still answers
        )
    )


_DEMO = Credentials(DEMO_API_KEY, DEMO_API_SECRET)


def _wanted(settings: Settings) -> Credentials:
    if settings.api_key is not None:
        return Credentials(settings.api_key, settings.api_secret)
    if settings.on_loopback:
        return _DEMO
    return Credentials(new_secret(KEY_LENGTH), new_secret())


def _open(venue: Venue, credentials: Credentials) -> None:
    runtime = venue.runtime
    runtime.execute(SetIndexPrices(index_prices()))
    runtime.execute(SetCollateralTiers(collateral()))
    runtime.execute(SetLoanTerms(dict(loan_terms())))
    add_key(venue, _open_account(venue), credentials)


def _open_account(venue: Venue) -> int:
    """An account with money, in the environment that the server is; its UID."""
    runtime = venue.runtime
    uid = runtime.state.next_uid
    runtime.execute(CreateAccount(environment=venue.environment))
    for coin, amount in DEMO_FUNDS.items():
        runtime.execute(Fund(uid=uid, coin=coin, amount=amount))
    return uid


def _fits(venue: Venue, key: ApiKey, credentials: Credentials) -> bool:
    if key.algorithm is not Algorithm.HMAC or credentials.secret is None:
        return False
    return venue.sealer.open(key.sealed_secret, key.api_key.encode()) == credentials.secret.encode()
