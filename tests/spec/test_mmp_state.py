"""GET /v5/account/mmp-state"""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/mmp-state"
DEFAULTS = {
    "mmpEnabled": True, "window": "5000", "frozenPeriod": "100", "qtyLimit": "100",
    "deltaLimit": "100", "vegaLimit": "500000", "mmpFrozenUntil": "0", "mmpFrozen": False,
}  # fmt: skip


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account for which the exchange has enabled two base coins."""
    alice = exchange.account()
    alice.set(mmpCoins=["ETH", "BTC"])
    return alice


@pytest.mark.parametrize("coin", ["BTC", "ETH"])
def test_the_defaults(alice: Actor, coin: str) -> None:
    """One row, of the coin asked for; numbers are text (8.3)."""
    reply = alice.get(PATH, f"baseCoin={coin}")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert reply.result == {"result": [{"baseCoin": coin, **DEFAULTS}]}


def test_a_coin_that_is_not_enabled(exchange: Exchange, alice: Actor) -> None:
    """3500713, and how to enable it."""
    reply = alice.get(PATH, "baseCoin=SOL")
    assert (reply.retCode, reply.result) == (3500713, {})
    assert exchange.why["seen"] == "BTC, ETH"


@pytest.mark.parametrize("query", ["", "baseCoin=", "basecoin=BTC"])
def test_the_coin_is_required(alice: Actor, query: str) -> None:
    """10001 names it."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: baseCoin invalid")


def test_it_is_not_inherited(exchange: Exchange, alice: Actor) -> None:
    """Per UID (2.6)."""
    assert exchange.account(parent=alice.uid).get(PATH, "baseCoin=BTC").retCode == 3500713


def test_any_key_may_ask(alice: Actor) -> None:
    """A read-only one, too (4.4)."""
    key = alice.key(permissions=["Earn:Earn"], readOnly=True)
    assert key.get(PATH, "baseCoin=BTC").retCode == 0


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    assert exchange.account(kind=1).get(PATH, "baseCoin=BTC").retCode == 10028


def test_it_has_no_stated_limit(alice: Actor) -> None:
    """So there are no limit headers (5.2)."""
    headers = alice.get(PATH, "baseCoin=BTC").headers
    assert not [name for name in headers if name.startswith("x-bapi-limit")]


def test_the_documented_shape(alice: Actor) -> None:
    """With a row, so that its shape is compared, too."""
    reply = alice.get(PATH, "baseCoin=BTC")
    oracle().assert_matches(reply.json, "account/get-mmp-state")
