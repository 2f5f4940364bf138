"""POST /v5/account/mmp-reset: there is nothing to reset before there is trading."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/mmp-reset"
STATE = "/v5/account/mmp-state"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account for which the exchange has enabled one base coin."""
    alice = exchange.account()
    alice.set(mmpCoins=["BTC"])
    return alice


def test_the_limits_stay(exchange: Exchange, alice: Actor) -> None:
    """Only what was counted is reset, whatever the page says of the limits (8.3)."""
    before, entries = alice.get(STATE, "baseCoin=BTC").result, exchange.entries

    reply = alice.post(PATH, baseCoin="BTC")

    assert reply.body == b'{"retCode":0,"retMsg":"success"}'
    assert alice.get(STATE, "baseCoin=BTC").result == before
    assert exchange.entries == entries


def test_a_coin_that_is_not_enabled(exchange: Exchange, alice: Actor) -> None:
    """3500713."""
    assert alice.post(PATH, baseCoin="ETH").retCode == 3500713
    assert "--mmp BTC --mmp ETH" in exchange.why["hint"]


@pytest.mark.parametrize("body", ["{}", '{"baseCoin":""}', '{"baseCoin":7}'])
def test_a_body_that_does_not_fit(alice: Actor, body: str) -> None:
    """10001 names the parameter."""
    reply = alice.post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: baseCoin invalid")


@pytest.mark.parametrize(
    ("permission", "code"), [("Options:OptionsTrade", 0), ("ContractTrade:Order", 10005)]
)
def test_the_permission(alice: Actor, permission: str, code: int) -> None:
    """Options (4.4)."""
    assert alice.key(permissions=[permission]).post(PATH, baseCoin="BTC").retCode == code


def test_during_an_upgrade(alice: Actor) -> None:
    """3100197 comes before 3500713."""
    alice.set(vipLevel="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    assert alice.post(PATH, baseCoin="ETH").retCode == 3100197


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    assert exchange.account(kind=1).post(PATH, baseCoin="BTC").retCode == 10028


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """The sixth is refused; it has an allowance apart from mmp-modify's."""
    assert [alice.post(PATH, baseCoin="BTC").retCode for _ in range(6)] == [0] * 5 + [10006]
    assert alice.post("/v5/account/mmp-modify", baseCoin="BTC").retCode == 10001


def test_the_documented_shape(alice: Actor) -> None:
    """Two members."""
    oracle().assert_matches(alice.post(PATH, baseCoin="BTC").json, "account/reset-mmp")
