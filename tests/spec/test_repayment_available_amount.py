"""GET /v5/spot-margin-trade/repayment-available-amount: what no-convert-repay would repay."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/spot-margin-trade/repayment-available-amount"


def amount(actor: Actor) -> str:
    return str(actor.get(PATH, "currency=BTC").result["lossLessRepaymentAmount"])


def test_the_less_of_balance_and_liability(exchange: Exchange) -> None:
    """0.05 BTC are owed: all of it is there, then 0.02 of it, then nothing, then more than it."""
    alice = exchange.account(USDT="100000")
    assert amount(alice) == "0.00000000"
    alice.post("/v5/account/borrow", coin="BTC", amount="0.05")
    assert amount(alice) == "0.05000000"
    alice.fund(BTC="-0.03")
    assert amount(alice) == "0.02000000"
    alice.fund(BTC="-0.02")
    assert amount(alice) == "0.00000000"
    alice.fund(BTC="1")
    assert amount(alice) == "0.05000000"


def test_a_bonus_does_not_count(exchange: Exchange) -> None:
    """It cannot be paid with."""
    alice = exchange.account(USDT="100000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.05")
    alice.fund(BTC="-0.03")
    bonus = {"coin": "BTC", "amount": "1", "bonus": True}
    exchange.control("POST", f"/-/accounts/{alice.uid}/fund", bonus)
    assert amount(alice) == "0.02000000"


def test_it_is_what_is_repaid(exchange: Exchange) -> None:
    """So much, and no more."""
    alice = exchange.account(USDT="100000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.05")
    alice.fund(BTC="-0.03")
    wanted = amount(alice)
    assert alice.post("/v5/account/no-convert-repay", coin="BTC", amount=wanted).retCode == 0
    assert amount(alice) == "0.00000000"


@pytest.mark.parametrize("query", ["", "currency=NOPE"])
def test_without_a_coin(exchange: Exchange, query: str) -> None:
    """10001."""
    reply = exchange.account().get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: currency invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH, "currency=BTC").retCode == 176037


def test_the_documented_shape(exchange: Exchange) -> None:
    """50 times a second (5.1)."""
    reply = exchange.account().get(PATH, "currency=BTC")
    assert reply.headers["x-bapi-limit"] == "50"
    oracle().assert_matches(reply.json, "spot-margin-uta/repayment-available-amount")
