"""How long a key lives (account-semantics 4.3): by its addresses, its password, its kind."""

from typing import Any

import pytest
from tests.actors import T0, Actor, Exchange

DAY = 24 * 3_600_000
INFO = "/v5/account/info"
SUB_KEYS = "/v5/user/sub-apikeys"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master, whose own key was made first."""
    return exchange.account()


def change_password(actor: Actor) -> dict[str, int]:
    """When each of its keys ends after that, ms."""
    path = f"/-/accounts/{actor.uid}/password-changed"
    return {row["apiKey"]: row["expiresAt"] for row in actor.exchange.control("POST", path)}


def ends(actor: Actor) -> int:
    rows = actor.exchange.control("GET", f"/-/keys?uid={actor.uid}")
    return int(next(row["expiresAt"] for row in rows if row["apiKey"] == actor.api_key))


@pytest.mark.parametrize(
    ("wanted", "expires_at"),
    [
        ({}, T0 + 90 * DAY),
        ({"ips": ["127.0.0.1"]}, 0),
        ({"thirdParty": True}, 0),
        ({"expiresAt": T0 + DAY}, T0 + DAY),
    ],
)
def test_a_new_key(alice: Actor, wanted: dict[str, Any], expires_at: int) -> None:
    """90 days without an address; for ever with one, and for an application."""
    assert ends(alice.key(**wanted)) == expires_at


@pytest.mark.parametrize(
    ("wanted", "expires_at"),
    [
        ({}, T0 + 8 * DAY),
        ({"expiresAt": 0}, T0 + 8 * DAY),
        ({"expiresAt": T0 + 3 * DAY}, T0 + 3 * DAY),
        ({"ips": ["127.0.0.1"]}, 0),
        ({"thirdParty": True}, 0),
    ],
)
def test_a_new_password(
    exchange: Exchange, alice: Actor, wanted: dict[str, Any], expires_at: int
) -> None:
    """Keys without an address end 7 days later, if they do not end before; the others stay."""
    key = alice.key(**wanted)
    exchange.clock.advance(DAY)
    assert change_password(alice)[key.api_key] == expires_at


def test_the_seventh_day(exchange: Exchange, alice: Actor) -> None:
    """Until the instant the key works; from then on 33004."""
    change_password(alice)
    exchange.clock.advance(7 * DAY - 1)
    assert alice.get(INFO).retCode == 0
    exchange.clock.advance(1)
    reply = alice.get(INFO)
    assert (reply.retCode, reply.retMsg) == (33004, "Your api key has expired.")


def test_a_password_concerns_one_account(exchange: Exchange, alice: Actor) -> None:
    """Neither its sub-accounts nor its master; and later keys live as long as ever."""
    sub = exchange.account(parent=alice.uid)
    change_password(alice)
    assert ends(sub) == T0 + 90 * DAY
    assert ends(alice.key()) == T0 + 90 * DAY


def test_the_same_moment_again(exchange: Exchange, alice: Actor) -> None:
    """A second change does not prolong what the first one shortened."""
    change_password(alice)
    exchange.clock.advance(DAY)
    entries = exchange.entries
    assert change_password(alice)[alice.api_key] == T0 + 7 * DAY
    assert exchange.entries == entries


def test_an_account_that_there_is_not(exchange: Exchange) -> None:
    """Refused with a hint."""
    reply = exchange.control_reply("POST", "/-/accounts/404/password-changed")
    assert reply.status == 400
    assert reply.json["why"]["hint"]


@pytest.mark.parametrize(
    ("expires_at", "status"),
    [(0, 1), (T0, 2), (T0 + 1, 4), (T0 + 7 * DAY - 1, 4), (T0 + 7 * DAY, 3), (T0 + 90 * DAY, 3)],
)
def test_a_status_for_each_age(
    exchange: Exchange, alice: Actor, expires_at: int, status: int
) -> None:
    """1: permanent, 2: expired, 3: valid, 4: less than 7 days left; exactly 7 are still valid."""
    sub = exchange.account(parent=alice.uid)
    sub.key(expiresAt=expires_at)
    newest = alice.get(SUB_KEYS, f"subMemberId={sub.uid}&limit=1").result["result"][0]
    assert newest["status"] == status
