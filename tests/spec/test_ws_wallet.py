"""Topic wallet: when it is sent, to whom, and with what (account-semantics 10.5)."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from tests.actors import SPEC, T0, Actor, Exchange, oracle
from tests.streaming import Listener, hearing

BORROW = "/v5/account/borrow"
HOUR = 3_600_000


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    return exchange.account(USDT="10000", BTC="1")


def move(actor: Actor, coin: str, amount: str, source: str, target: str) -> None:
    reply = actor.post(
        "/v5/asset/transfer/inter-transfer",
        transferId=str(uuid.uuid4()), coin=coin, amount=amount,
        fromAccountType=source, toAccountType=target,
    )  # fmt: skip
    assert reply.retCode == 0


def coins(message: dict[str, Any]) -> list[str]:
    (row,) = message["data"]
    return [each["coin"] for each in row["coin"]]


def test_its_members(alice: Actor) -> None:
    """Those of the example, in its order; and colRes, which is in the table only."""
    oracle()
    text = (SPEC / "examples/websocket/private/wallet.json").read_text()
    documented = json.loads(text)
    with hearing(alice, "wallet") as listener:
        alice.post(BORROW, coin="ETH", amount="1")
        message = listener.next()
    assert [*message] == [*documented]
    (row,), (known,) = message["data"], documented["data"]
    assert [*row] == [*known]
    assert [*row["coin"][0]] == [*known["coin"][0], "colRes"]
    assert message["id"] == f"{alice.uid}_wallet_{message['creationTime']}"
    assert message["creationTime"] == T0 + 5  # trading-semantics 7.5
    for part, like in ((row, known), (row["coin"][0], known["coin"][0])):
        assert {n: type(v) for n, v in part.items() if n in like} == {
            n: type(v) for n, v in like.items()
        }


def test_it_agrees_with_rest(alice: Actor) -> None:
    """The totals of the account, and the coin that was touched."""
    with hearing(alice, "wallet") as listener:
        alice.post(BORROW, coin="ETH", amount="1")
        (row,) = listener.next()["data"]
    query = "accountType=UNIFIED&coin=ETH"
    (asked,) = alice.get("/v5/account/wallet-balance", query).result["list"]
    assert {**row, "coin": None} == {**asked, "coin": None}
    assert row["coin"] == asked["coin"]


def test_only_what_was_touched(alice: Actor) -> None:
    with hearing(alice, "wallet") as listener:
        move(alice, "USDT", "100", "UNIFIED", "FUND")
        assert coins(listener.next()) == ["USDT"]
        alice.post("/v5/account/set-collateral-switch", coin="BTC", collateralSwitch="OFF")
        assert coins(listener.next()) == ["BTC"]
        alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
        assert coins(listener.next()) == ["BTC", "USDT"]  # all of them, the largest first
        assert listener.nothing_comes()


def test_what_sends_nothing(exchange: Exchange, alice: Actor) -> None:
    """No snapshot at first; not a price alone, nor another wallet, nor another account."""
    alice.exchange.control(
        "POST", f"/-/accounts/{alice.uid}/fund", {"coin": "USDT", "amount": "5", "wallet": "FUND"}
    )
    with hearing(alice, "wallet") as listener:
        exchange.control("PUT", "/-/prices/BTC", {"price": "90000"})
        exchange.control(
            "POST",
            f"/-/accounts/{alice.uid}/fund",
            {"coin": "USDT", "amount": "5", "wallet": "FUND"},
        )
        exchange.account(USDT="7").post(BORROW, coin="BTC", amount="0.00001")
        assert listener.nothing_comes()
        listener.say({"op": "unsubscribe", "args": ["wallet"]})
        alice.fund(USDT="1")
        assert listener.nothing_comes()


def test_two_connections_hear_the_same(alice: Actor) -> None:
    with hearing(alice, "wallet") as one, hearing(alice.key(), "wallet") as other:
        alice.fund(USDT="1")
        assert one.next() == other.next()


def test_a_transfer_within_a_family_is_told_to_both(exchange: Exchange, alice: Actor) -> None:
    sub = exchange.account(parent=alice.uid)
    with hearing(alice, "wallet") as mine, hearing(sub, "wallet") as subs:
        alice.post(
            "/v5/asset/transfer/universal-transfer",
            transferId=str(uuid.uuid4()), coin="USDT", amount="10",
            fromMemberId=alice.uid, toMemberId=sub.uid,
            fromAccountType="UNIFIED", toAccountType="UNIFIED",
        )  # fmt: skip
        balances = [_balance(each, "USDT") for each in (mine, subs)]
    assert balances == ["9990", "10"]


def test_the_hours_interest(exchange: Exchange, alice: Actor) -> None:
    """It is sent when the clock comes there, whoever moved it."""
    alice.post(BORROW, coin="ETH", amount="1")
    with hearing(alice, "wallet") as listener:
        exchange.clock.advance(HOUR)
        assert exchange.get("/v5/market/time").status == 200
        message = listener.next()
        assert coins(message) == ["ETH"]
        (row,) = message["data"][0]["coin"]
        assert 0 < 1 - float(row["walletBalance"]) < 0.001


def test_a_coin_that_is_no_collateral_has_no_value(exchange: Exchange) -> None:
    """6.3: on the stream only."""
    exchange.control("PUT", "/-/prices/TSLA", {"price": "400"})
    bob = exchange.account()
    with hearing(bob, "wallet") as listener:
        bob.fund(TSLA="2")
        (row,) = listener.next()["data"]
    assert (row["coin"][0]["usdValue"], row["totalEquity"]) == ("0", "800")


@pytest.mark.parametrize("kind", [1, 3])
def test_older_kinds(exchange: Exchange, kind: int) -> None:
    """A classic account has no unified wallet; UTA 1.0 has one."""
    bob = exchange.account(kind=kind)
    with hearing(bob, "wallet") as listener:
        bob.fund(USDT="2")
        assert listener.nothing_comes() is (kind == 1)


def _balance(listener: Listener, coin: str) -> str:
    (row,) = listener.next()["data"]
    (found,) = [each["walletBalance"] for each in row["coin"] if each["coin"] == coin]
    return str(found)
