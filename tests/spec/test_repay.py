"""POST /v5/account/repay: with the coin itself, then by selling others (7.4)."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, Reply, oracle

PATH = "/v5/account/repay"
HOUR, MINUTE, SECOND = 3_600_000, 60_000, 1_000


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """100,000 USD; 0.5 BTC of 50,000 USD each are borrowed and gone."""
    exchange.control("PUT", "/-/prices/USDT", {"price": "1"})
    exchange.control("PUT", "/-/prices/BTC", {"price": "50000"})
    alice = exchange.account(USDT="100000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.5")
    alice.fund(BTC="-0.5")
    return alice


def repay(actor: Actor, **body: Any) -> Reply:
    """A call a second later: one a second is allowed."""
    actor.exchange.clock.advance(SECOND)
    return actor.post(PATH, **body)


def go_to(exchange: Exchange, minute: int, second: int, millisecond: int = 0) -> None:
    """To that time of the hour: of this one, or of the next, if it is over."""
    wanted = minute * MINUTE + second * SECOND + millisecond
    exchange.clock.advance((wanted - exchange.clock.now) % HOUR)


def owed(actor: Actor, coin: str = "BTC") -> str:
    result = actor.get("/v5/spot-margin-trade/liability", f"currency={coin}").result
    return str(result["totalBorrowAmount"])


def test_all_of_a_coin(alice: Actor) -> None:
    """25,000 USD / 0.999 in USDT; the log tells the sale, what it bought, and the repayment."""
    reply = repay(alice, coin="BTC")

    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {"resultStatus": "SU"}
    lines = alice.get("/v5/account/transaction-log").result["list"]
    shown = [(each["type"], each["currency"], each["change"], each["fee"]) for each in lines[:3]]
    assert shown == [
        ("REPAY", "BTC", "-0.5", "0"),
        ("SPOT_REPAYMENT_BUY", "BTC", "0.5", "0"),
        ("SPOT_REPAYMENT_SELL", "USDT", "-25025.02502503", "25.02502502"),
    ]
    assert lines[2]["cashFlow"] == "-25000.00000001"
    assert owed(alice) == "0.00000000"


def test_a_part(alice: Actor) -> None:
    """The rest is still owed."""
    assert repay(alice, coin="BTC", amount="0.2").retCode == 0
    assert owed(alice) == "0.30000000"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"coin": "BTC"}, "SU"),
        ({"coin": "BTC", "repaymentType": "FLEXIBLE"}, "SU"),
        ({"coin": "BTC", "repaymentType": "ALL"}, "P"),
        ({"coin": "BTC", "amount": "0.5", "repaymentType": "ALL"}, "P"),
        ({"repaymentType": "ALL"}, "P"),
    ],
)
def test_the_types(alice: Actor, body: dict[str, str], status: str) -> None:
    """FLEXIBLE is synchronous, ALL is not, although it is done at once here."""
    assert repay(alice, **body).result == {"resultStatus": status}
    assert owed(alice) == "0.00000000"


def test_a_fixed_loan(alice: Actor) -> None:
    """Nobody has one: 176016."""
    reply = repay(alice, coin="BTC", repaymentType="FIXED")
    assert (reply.retCode, reply.retMsg) == (176016, "No repayment required")


def test_scenario_14(exchange: Exchange) -> None:
    """Borrowed at minute 03, not repaid at 04:30, charged at 05:00, repaid at 05:31."""
    alice = exchange.account(USDT="100000")
    go_to(exchange, 3, 0)
    assert alice.post("/v5/account/borrow", coin="BTC", amount="0.01").retCode == 0

    go_to(exchange, 4, 30)
    reply = alice.post(PATH, coin="BTC")
    assert (reply.retCode, reply.retMsg) == (176018, "Settlement in progress")
    assert exchange.why["hint"] == "Retry in 60000 ms."

    go_to(exchange, 5, 31)
    (row,) = alice.get("/v5/account/borrow-history").result["list"]
    assert (row["createdTime"] % HOUR, row["borrowAmount"]) == (5 * MINUTE, "0.01")
    assert row["borrowCost"] == "0.00000001"  # 0.01 * 0.000001502122
    assert alice.post(PATH, coin="BTC").retCode == 0
    assert owed(alice) == "0.00000000"


@pytest.mark.parametrize(
    ("time", "code"),
    [
        ((3, 59, 999), 0),
        ((4, 0, 0), 176018),
        ((5, 29, 999), 176018),
        ((5, 30, 0), 0),
    ],
)
def test_the_blackout(alice: Actor, time: tuple[int, int, int], code: int) -> None:
    """To the millisecond."""
    go_to(alice.exchange, *time)
    assert alice.post(PATH, coin="BTC").retCode == code


def test_the_order_of_refusals(exchange: Exchange) -> None:
    """Each line cures the fault above it."""
    classic = exchange.account(kind=1)
    go_to(exchange, 4, 10)
    assert repay(classic, coin="ETH", amount="-1").retCode == 10001
    assert repay(classic, coin="ETH", amount="400").retCode == 10028

    exchange.control("PATCH", "/-/switches", {"upgradeWindowEnforced": False})
    exchange.control("PUT", "/-/loans/ETH", {"familyMax": "1000", "callMax": "1000"})
    exchange.control("PUT", "/-/loans/BTC", {"familyMax": "100", "callMax": "100"})
    for coin, usd in (("USDT", "1"), ("BTC", "50000"), ("ETH", "2000")):
        exchange.control("PUT", f"/-/prices/{coin}", {"price": usd})
    alice = exchange.account(vip="VIP-1", USDT="1000000", BTC="20")
    go_to(exchange, 4, 10)
    alice.post("/v5/account/upgrade-to-uta")
    assert repay(alice, coin="ETH", amount="400").retCode == 182105
    exchange.clock.advance(5000)
    assert repay(alice, coin="ETH", amount="400").retCode == 176018
    go_to(exchange, 10, 0)
    assert repay(alice, coin="ETH", amount="400").retCode == 176016
    assert alice.post("/v5/account/borrow", coin="ETH", amount="300").retCode == 0
    alice.fund(ETH="-300")
    assert repay(alice, coin="ETH", amount="400").retCode == 176017

    assert repay(alice, coin="ETH").retCode == 176006  # 600,000 USD
    alice.fund(USDT="-999000", BTC="-19.9")
    assert repay(alice, coin="ETH", amount="4").retCode == 176015
    assert repay(alice, coin="ETH", amount="2").retCode == 0


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"coin": "ETH"}, 176016, "No repayment required"),
        ({"coin": "btc"}, 176016, "No repayment required"),
        (
            {"coin": "BTC", "amount": "0.50000001"},
            176017,
            "Repayment amount has exceeded the total liability",
        ),
        ({}, 10001, "params error: repaymentType invalid"),
        ({"repaymentType": "FIXED"}, 10001, "params error: repaymentType invalid"),
        ({"repaymentType": "SOME"}, 10001, "params error: repaymentType invalid"),
        ({"repaymentType": "ALL", "amount": "1"}, 10001, "params error: amount invalid"),
        ({"coin": "BTC", "amount": "0"}, 10001, "params error: amount invalid"),
        ({"coin": "BTC", "amount": "one"}, 10001, "params error: amount invalid"),
    ],
)
def test_what_is_refused(alice: Actor, body: dict[str, str], code: int, text: str) -> None:
    """With a hint, and nothing is journaled."""
    entries = alice.exchange.entries
    reply = repay(alice, **body)
    assert (reply.retCode, reply.retMsg) == (code, text)
    assert alice.exchange.why["hint"]
    assert alice.exchange.entries == entries


def test_a_debt_that_collateral_does_not_cover(alice: Actor) -> None:
    """176015: all or nothing."""
    alice.fund(USDT="-80000")
    reply = repay(alice, coin="BTC")
    assert (reply.retCode, reply.retMsg) == (176015, "Insufficient available balance")
    assert owed(alice) == "0.50000000"


def test_without_any_debt(exchange: Exchange) -> None:
    """176016, also for all of them."""
    assert repay(exchange.account(), repaymentType="ALL").retCode == 176016


@pytest.mark.parametrize(
    ("permission", "code"), [("Spot:SpotTrade", 0), ("Options:OptionsTrade", 10005)]
)
def test_the_permission(alice: Actor, permission: str, code: int) -> None:
    """Spot, ContractTrade or Derivatives (4.4)."""
    assert alice.key(permissions=[permission]).post(PATH, coin="BTC").retCode == code


def test_the_limit_is_one_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert repay(alice, coin="BTC").headers["x-bapi-limit"] == "1"
    assert alice.post(PATH, coin="BTC").retCode == 10006


def test_the_documented_shape(alice: Actor) -> None:
    """The page's coin and amount."""
    oracle().assert_matches(repay(alice, coin="BTC", amount="0.01").json, "account/repay")
