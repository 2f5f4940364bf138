"""POST /v5/account/set-collateral-switch: one coin."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/set-collateral-switch"
INFO = "/v5/account/collateral-info"


def on(actor: Actor, coin: str) -> bool:
    """The switch, as collateral-info shows it."""
    (row,) = actor.get(INFO, f"currency={coin}").result["list"]
    return bool(row["collateralSwitch"])


def test_off_and_on(exchange: Exchange) -> None:
    """SUCCESS and an empty result; account info does not move (Q14)."""
    alice = exchange.account(BTC="1")
    info = alice.info
    exchange.clock.advance(5000)

    reply = alice.post(PATH, coin="BTC", collateralSwitch="OFF")

    assert (reply.retCode, reply.retMsg, reply.result) == (0, "SUCCESS", {})
    assert (on(alice, "BTC"), on(alice, "ETH")) == (False, True)
    assert alice.post(PATH, coin="BTC", collateralSwitch="ON").retCode == 0
    assert on(alice, "BTC")
    assert alice.info == info


def test_a_small_coin_can_be_switched_on(exchange: Exchange) -> None:
    """It is off to begin with (7.2)."""
    alice = exchange.account()
    assert not on(alice, "PEPE")
    assert alice.post(PATH, coin="PEPE", collateralSwitch="ON").retCode == 0
    assert on(alice, "PEPE")


def test_the_same_again(exchange: Exchange) -> None:
    """Accepted, and nothing is journaled."""
    alice = exchange.account()
    entries = exchange.entries
    assert alice.post(PATH, coin="BTC", collateralSwitch="ON").retCode == 0
    assert exchange.entries == entries


@pytest.mark.parametrize(
    ("coin", "hint"),
    [
        ("USDT", "Leave it out"),
        ("USDC", "Leave it out"),
        ("TSLA", "marginCollateral"),
        ("NOPE", "marginCollateral"),
        ("btc", "Write BTC"),
        ("BTC,ETH", "batch"),
    ],
)
@pytest.mark.parametrize("switch", ["ON", "OFF"])
def test_a_coin_without_a_switch(exchange: Exchange, coin: str, hint: str, switch: str) -> None:
    """182111; also for a list of coins (7.2)."""
    alice = exchange.account()
    entries = exchange.entries
    assert alice.post(PATH, coin=coin, collateralSwitch=switch).retCode == 182111
    assert hint in exchange.why["hint"]
    assert exchange.entries == entries


def test_a_coin_that_is_owed(exchange: Exchange) -> None:
    """182110: it stays on until it is repaid."""
    alice = exchange.account(USDT="100000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.1")
    reply = alice.post(PATH, coin="BTC", collateralSwitch="OFF")
    assert (reply.retCode, reply.retMsg) == (182110, "Failed to switch")
    assert exchange.why["seen"] == "0.1 BTC"
    assert on(alice, "BTC")
    alice.post("/v5/account/repay", coin="BTC")
    assert alice.post(PATH, coin="BTC", collateralSwitch="OFF").retCode == 0


def test_collateral_that_a_loan_needs(exchange: Exchange) -> None:
    """182108 when the initial margin rate would be over 1.

    2 BTC of 50,000 USD are owed, at 0.2: 20,000 USD. Without ETH there is a cent less.
    """
    for coin, usd in (("USDT", "1"), ("BTC", "50000"), ("ETH", "2000")):
        exchange.control("PUT", f"/-/prices/{coin}", {"price": usd})
    alice = exchange.account(ETH="10", USDT="19999.99")
    assert alice.post("/v5/account/borrow", coin="BTC", amount="2").retCode == 0
    entries = exchange.entries

    assert alice.post(PATH, coin="ETH", collateralSwitch="OFF").retCode == 182108

    assert exchange.why["hint"]
    assert exchange.entries == entries
    alice.fund(USDT="0.01")
    assert alice.post(PATH, coin="ETH", collateralSwitch="OFF").retCode == 0


def test_a_coin_of_which_the_exchange_takes_no_more(exchange: Exchange) -> None:
    """182011 for switching on; what is on stays so, and can be switched off."""
    alice = exchange.account()
    alice.post(PATH, coin="ETH", collateralSwitch="OFF")
    exchange.control("PATCH", "/-/collateral/ETH", {"capped": True})
    reply = alice.post(PATH, coin="ETH", collateralSwitch="ON")
    assert (reply.retCode, reply.retMsg) == (
        182011,
        "ETH collateral has reached the platform limit",
    )
    assert exchange.why["hint"]
    assert on(exchange.account(), "ETH")
    assert exchange.account().post(PATH, coin="ETH", collateralSwitch="OFF").retCode == 0
    exchange.control("PATCH", "/-/collateral/ETH", {"capped": False})
    assert alice.post(PATH, coin="ETH", collateralSwitch="ON").retCode == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{}", "coin"),
        ('{"coin":"","collateralSwitch":"ON"}', "coin"),
        ('{"coin":"BTC"}', "collateralSwitch"),
        ('{"coin":"BTC","collateralSwitch":"on"}', "collateralSwitch"),
    ],
)
def test_a_body_that_does_not_fit(exchange: Exchange, body: str, field: str) -> None:
    """10001 names the parameter."""
    reply = exchange.account().post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_during_an_upgrade(exchange: Exchange) -> None:
    """182105, as for borrowing (1.3), before 182111."""
    alice = exchange.account(vip="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    reply = alice.post(PATH, coin="USDT", collateralSwitch="OFF")
    assert (reply.retCode, reply.retMsg) == (182105, "Adjustment failed, user is upgrading")


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    alice = exchange.account(kind=1)
    assert alice.post(PATH, coin="BTC", collateralSwitch="OFF").retCode == 10028


@pytest.mark.parametrize(
    ("permission", "code"),
    [("Spot:SpotTrade", 0), ("ContractTrade:Order", 0), ("Options:OptionsTrade", 10005)],
)
def test_the_permission(exchange: Exchange, permission: str, code: int) -> None:
    """Spot, ContractTrade or Derivatives (4.4)."""
    key = exchange.account().key(permissions=[permission])
    assert key.post(PATH, coin="BTC", collateralSwitch="OFF").retCode == code


def test_it_has_no_stated_limit(exchange: Exchange) -> None:
    """So there are no limit headers (5.2)."""
    headers = exchange.account().post(PATH, coin="BTC", collateralSwitch="OFF").headers
    assert not [name for name in headers if name.startswith("x-bapi-limit")]


def test_the_documented_shape(exchange: Exchange) -> None:
    """An empty result."""
    reply = exchange.account().post(PATH, coin="BTC", collateralSwitch="ON")
    oracle().assert_matches(reply.json, "account/set-collateral")
