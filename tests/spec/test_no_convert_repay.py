"""POST /v5/account/no-convert-repay: with the coin itself only (7.4)."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, Reply, oracle

PATH = "/v5/account/no-convert-repay"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """Of 0.5 BTC that are borrowed 0.2 are still there; of USDT there is plenty."""
    alice = exchange.account(USDT="100000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.5")
    alice.fund(BTC="-0.3")
    return alice


def repay(actor: Actor, **body: Any) -> Reply:
    """A call a second later: one a second is allowed."""
    actor.exchange.clock.advance(1000)
    return actor.post(PATH, **body)


def left(actor: Actor, coin: str = "BTC") -> tuple[str, str]:
    """Balance and loan."""
    reply = actor.get("/v5/account/wallet-balance", f"accountType=UNIFIED&coin={coin}")
    (row,) = reply.result["list"][0]["coin"]
    return row["walletBalance"], row["spotBorrow"]


def test_without_an_amount(alice: Actor) -> None:
    """As much as there is; nothing is sold."""
    reply = repay(alice, coin="BTC")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {"resultStatus": "SU"}
    assert left(alice) == ("0", "0.3")
    assert left(alice, "USDT") == ("100000", "0")


def test_an_amount(alice: Actor) -> None:
    """It, or nothing."""
    assert repay(alice, coin="BTC", amount="0.15").retCode == 0
    assert left(alice) == ("0.05", "0.35")
    reply = repay(alice, coin="BTC", amount="0.06")
    assert (reply.retCode, reply.retMsg) == (176015, "Insufficient available balance")
    assert left(alice) == ("0.05", "0.35")


def test_all(alice: Actor) -> None:
    """P, although it is done at once."""
    assert repay(alice, coin="BTC", repaymentType="ALL").result == {"resultStatus": "P"}
    assert left(alice) == ("0", "0.3")


def test_the_order_of_refusals(exchange: Exchange) -> None:
    """Each line cures the fault above it."""
    classic = exchange.account(kind=1)
    assert repay(classic, coin="ETH", amount="-1").retCode == 10001
    assert repay(classic, coin="ETH", amount="3").retCode == 10028

    exchange.control("PATCH", "/-/switches", {"upgradeWindowEnforced": False})
    alice = exchange.account(vip="VIP-1", USDT="1000000")
    exchange.clock.advance(40 * 60_000)  # minute 04 of the next hour
    alice.post("/v5/account/upgrade-to-uta")
    assert repay(alice, coin="ETH", amount="3").retCode == 182105
    exchange.clock.advance(5000)
    assert repay(alice, coin="ETH", amount="3").retCode == 176018
    exchange.clock.advance(120_000)
    assert repay(alice, coin="ETH", amount="3").retCode == 176016
    alice.post("/v5/account/borrow", coin="ETH", amount="2")
    alice.fund(ETH="-1")
    assert repay(alice, coin="ETH", amount="3").retCode == 176017
    assert repay(alice, coin="ETH", amount="2").retCode == 176015
    assert repay(alice, coin="ETH", amount="1").retCode == 0


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({}, 10001, "params error: coin invalid"),
        ({"coin": "", "repaymentType": "ALL"}, 10001, "params error: coin invalid"),
        ({"coin": "BTC", "amount": "0"}, 10001, "params error: amount invalid"),
        ({"coin": "BTC", "repaymentType": "all"}, 10001, "params error: repaymentType invalid"),
        ({"coin": "BTC", "repaymentType": "FIXED"}, 176016, "No repayment required"),
        ({"coin": "USDT"}, 176016, "No repayment required"),
        (
            {"coin": "BTC", "amount": "0.6"},
            176017,
            "Repayment amount has exceeded the total liability",
        ),
    ],
)
def test_what_is_refused(alice: Actor, body: dict[str, str], code: int, text: str) -> None:
    """With a hint, and nothing is journaled."""
    entries = alice.exchange.entries
    reply = repay(alice, **body)
    assert (reply.retCode, reply.retMsg) == (code, text)
    assert alice.exchange.why["hint"]
    assert alice.exchange.entries == entries


@pytest.mark.parametrize(
    ("permission", "code"), [("ContractTrade:Order", 0), ("Options:OptionsTrade", 10005)]
)
def test_the_permission(alice: Actor, permission: str, code: int) -> None:
    """Spot, ContractTrade or Derivatives (4.4)."""
    assert alice.key(permissions=[permission]).post(PATH, coin="BTC").retCode == code


def test_the_limit_is_one_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert repay(alice, coin="BTC").headers["x-bapi-limit"] == "1"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's coin and amount."""
    reply = repay(alice, coin="BTC", amount="0.01")
    oracle().assert_matches(reply.json, "account/no-convert-repay")
