"""What an empty store begins with: prices, collateral, and one account for use at once."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

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
from utabox.facts import facts
from utabox.secret import KEY_LENGTH, new_secret
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET, Settings, SettingsError
from utabox.terms import Algorithm, Environment
from utabox.venues import Venue

if TYPE_CHECKING:
    from utabox.seed import Seed, Sown

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


class Prepared(NamedTuple):
    """How a venue is entered, and what a seed has made in it."""

    credentials: Credentials
    sown: list[Sown] | None  # None: no seed was used


def index_prices() -> dict[str, Decimal]:
    """USD prices of the catalogue's coins."""
    return {coin: Decimal(price) for coin, price in facts("index_prices")["prices"].items()}


def collateral() -> dict[str, Collateral]:
    """The coins that the exchange takes as collateral; the file says whose numbers they are."""
    return {
        coin: Collateral(
            tuple(CollateralTier(Decimal(qty), Decimal(ratio)) for qty, ratio in fact["tiers"]),
            fact["on"],
            fact["order"],
        )
        for coin, fact in facts("collateral")["coins"].items()
    }


def loan_terms() -> dict[str, LoanTerms]:
    """The coins that the exchange lends; the file says whose numbers they are."""
    return {coin: _loan_terms(fact) for coin, fact in facts("loans")["coins"].items()}


def _loan_terms(fact: dict[str, Any]) -> LoanTerms:
    terms = usual_terms(Decimal(fact["rate"]), Decimal(fact["family_max"]))
    tiers = tuple(LoanTier(*map(Decimal, tier)) for tier in fact.get("tiers", ()))
    call_min = Decimal(fact["call_min"])
    return msgspec.structs.replace(terms, call_min=call_min, tiers=tiers or terms.tiers)


def prepare(venue: Venue, settings: Settings) -> Prepared:
    """Fill an empty venue, and make sure that the demo credentials may be used as bound.

    Raises:
        SettingsError: the credentials contradict the store, or may not be reached from outside;
            or the seed cannot be used.
        SealError: the key file is not the one that sealed this store's secrets.
    """
    state, profile = venue.runtime.state, settings.profile
    wanted, sown = _wanted(settings), None
    if state.seq or settings.seed is None:
        if not state.seq:
            _open(venue, wanted)
        _admit(venue, settings, wanted)
    else:
        sown = _sow(venue, settings, wanted)
    key = state.keys.get(wanted.api_key)
    if key is not None and _is_of(state, key.uid, profile):
        return Prepared(wanted, sown)
    others = (known.api_key for known in state.keys.values() if _is_of(state, known.uid, profile))
    first = next(others, wanted.api_key)
    secrets = {known.apiKey: known.secret for known in sown or []}
    return Prepared(Credentials(first, secrets.get(first)), sown)


def _sow(venue: Venue, settings: Settings, wanted: Credentials) -> list[Sown]:
    """Fill an empty venue by the seed, and with the demo account if the seed has no other."""
    from utabox.seed import SeedError, read_seed, sow

    def finish(stage: Venue) -> None:
        _people(stage, wanted)
        _admit(stage, settings, wanted)

    assert settings.seed is not None
    try:
        sown = sow(venue, read_seed(settings.seed), wanted, finish)
    except SeedError as error:
        raise SettingsError(str(error)) from error
    chosen = settings.api_secret
    return [
        msgspec.structs.replace(known, secret=None)
        if chosen not in (None, DEMO_API_SECRET) and known.secret == chosen
        else known
        for known in sown
    ]


def _admit(venue: Venue, settings: Settings, wanted: Credentials) -> None:
    """See that the demo credentials may be used, and that those that were chosen can be."""
    state = venue.runtime.state
    _check(venue, settings, wanted)
    if settings.api_key is not None and settings.api_key not in state.keys:
        uid = first_uid(state, settings.profile)
        add_key(venue, _open_account(venue) if uid is None else uid, wanted)


def fill(
    venue: Venue, environment: Environment | None = None, seed: Seed | None = None
) -> Prepared:
    """Put into a venue that was just made what the seed says, or else what a new store has.

    Args:
        environment: The venue's; None: the server's.
    Raises:
        SeedError: the exchange could not be so.
    """
    if environment is not None:
        venue.become(environment)
    random = Credentials(new_secret(KEY_LENGTH), new_secret())
    if seed is None:
        _open(venue, random)
        return Prepared(random, None)
    from utabox.seed import sow

    sown = sow(venue, seed, random, lambda stage: _people(stage, random))
    if not sown:
        return Prepared(random, sown)
    made = next((known for known in sown if known.apiKey is not None), sown[0])
    return Prepared(Credentials(made.apiKey or "", made.secret), sown)


def _people(venue: Venue, credentials: Credentials) -> None:
    """Open the demo account in a venue that has none."""
    if not venue.runtime.state.accounts:
        add_key(venue, _open_account(venue), credentials)


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
    venue.claim(credentials.api_key)
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


def open_market(venue: Venue) -> None:
    """The usual prices, and the usual terms of collateral and of loans."""
    runtime = venue.runtime
    runtime.execute(SetIndexPrices(index_prices()))
    runtime.execute(SetCollateralTiers(collateral()))
    runtime.execute(SetLoanTerms(dict(loan_terms())))


def _open(venue: Venue, credentials: Credentials) -> None:
    open_market(venue)
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
