"""Adopt a key that nobody made: it gets an account of its own, as if it always had one."""

from decimal import Decimal

from utabox.engine.account.api_key import (
    API_KEY_CHARACTERS,
    API_KEY_MAX,
    CreateApiKey,
    created,
)
from utabox.engine.account.opening import AccountCreated, CreateAccount, opened
from utabox.engine.account.opening import decide as decide_opening
from utabox.engine.ledger import booked
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import State
from utabox.retcodes import KEY_INVALID
from utabox.terms import Algorithm, Environment, HouseAccount, LogType
from utabox.why import Why

ADOPTED_MAX = 1_000
"""Of one venue: whoever sends random ids does not fill its memory."""
NOTE = "adopted"
SIGNATURE, HEX = 64, "0123456789abcdef"


class AdoptKey(Command, frozen=True, tag="adopt-key"):
    """Open an account with this money for a key that nobody made here."""

    api_key: str
    environment: Environment
    funds: dict[str, Decimal]  # by coin; those that the venue has no price for are left out
    sealed_secret: bytes = b""  # where it is known after all: then signatures are checked


class KeyAdopted(Event, frozen=True, tag="key-adopted"):
    """One more; its account and the key itself are in the events before."""

    uid: int
    api_key: str


@decides(AdoptKey)
def decide(state: State, command: AdoptKey, now: int) -> list[Event]:
    api_key = command.api_key
    if not (0 < len(api_key) <= API_KEY_MAX and all(c in API_KEY_CHARACTERS for c in api_key)):
        raise _no_id(api_key)
    if len(api_key) == SIGNATURE and all(c in HEX for c in api_key):
        raise _signature()
    if state.adopted >= ADOPTED_MAX:
        raise _too_many()
    opening = decide_opening(state, CreateAccount(environment=command.environment), now)[0]
    assert isinstance(opening, AccountCreated)
    account = opened(opening)
    wallet, deposits = account.trading_wallet, HouseAccount.DEPOSITS
    funds = [
        booked(account, wallet, coin, amount, LogType.TRANSFER_IN, deposits)
        for coin, amount in command.funds.items()
        if coin in state.index_prices
    ]
    key = created(
        state,
        account,
        CreateApiKey(
            account.uid,
            api_key,
            Algorithm.HMAC if command.sealed_secret else Algorithm.UNCHECKED,
            command.sealed_secret,
            note=NOTE,
            expires_at=0,
        ),
        now,
    )
    return [opening, *funds, key, KeyAdopted(account.uid, api_key)]


@applies(KeyAdopted)
def apply(state: State, event: KeyAdopted) -> None:
    state.adopted += 1


def _no_id(api_key: str) -> Rejected:
    return Rejected(
        KEY_INVALID,
        why=Why(
            rule="A key that is not known is adopted when its id could be one.",
            expected=f"1 to {API_KEY_MAX} letters, digits, - or _",
            seen=f"{len(api_key)} characters"
            if len(api_key) > API_KEY_MAX
            else "an id with other characters",
            hint="Set the client's key to a plain placeholder such as xxxxxxxxxxxxxxxxxx or "
            "YOUR_API_KEY, without quotes, spaces or brackets.",
        ),
    )


def _signature() -> Rejected:
    return Rejected(
        KEY_INVALID,
        why=Why(
            rule="What looks like a signature is not adopted as a key.",
            expected="the id of a key in X-BAPI-API-KEY",
            seen=f"{SIGNATURE} hex digits",
            hint="The signature belongs in X-BAPI-SIGN and the key id in X-BAPI-API-KEY.",
        ),
    )


def _too_many() -> Rejected:
    return Rejected(
        KEY_INVALID,
        why=Why(
            rule=f"A venue adopts at most {ADOPTED_MAX} keys, deleted ones included.",
            expected="a key that this venue knows",
            seen=f"another one, after {ADOPTED_MAX} that were adopted",
            hint="Use one of those again, make one with `utabox key create --uid UID`, or begin "
            "anew with another venue or an empty --data folder.",
        ),
    )
