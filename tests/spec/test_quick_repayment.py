"""POST /v5/account/quick-repayment: of debts that nobody asked for (7.4)."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, Reply, oracle

PATH = "/v5/account/quick-repayment"
HOUR = 3_600_000


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """0.01 BTC of interest is owed, and 1 BTC that was borrowed; USDT and ETH are there.

    BTC is 50,000 USD, ETH 2,000, USDT 1.
    """
    for coin, usd in (("USDT", "1"), ("BTC", "50000"), ("ETH", "2000")):
        exchange.control("PUT", f"/-/prices/{coin}", {"price": usd})
    exchange.control("PUT", "/-/loans/BTC", {"hourlyRate": "0.01"})
    alice = exchange.account(USDT="100000", ETH="50")
    alice.post("/v5/account/borrow", coin="BTC", amount="1")
    alice.fund(BTC="-1")
    exchange.clock.advance(HOUR)
    alice.get("/v5/account/info")
    exchange.control("PUT", "/-/loans/BTC", {"hourlyRate": "0"})
    return alice


def repay(actor: Actor, **body: Any) -> Reply:
    """A call a second later: one a second is allowed."""
    actor.exchange.clock.advance(1000)
    return actor.post(PATH, **body)


def debts(actor: Actor) -> tuple[str, str]:
    """What was borrowed of BTC, and what else is owed."""
    result = actor.get("/v5/spot-margin-trade/liability", "currency=BTC").result
    return result["spotTotalBorrow"], result["derivativesBorrow"]


@pytest.mark.parametrize("body", [{}, {"coin": "BTC"}, {"coin": ""}])
def test_interest_is_repaid(alice: Actor, body: dict[str, str]) -> None:
    """500 USD / 0.999 of USDT, which is first in order; the loan stays."""
    assert debts(alice) == ("1.00000000", "0.01000000")

    reply = repay(alice, **body)

    assert (reply.retCode, reply.retMsg) == (0, "SUCCESS")
    assert reply.result == {"list": [{"coin": "USDT", "repaymentQty": "500.50050051"}]}
    assert debts(alice) == ("1.00000000", "0.00000000")


def test_every_coin_that_was_sold(alice: Actor) -> None:
    """USDT 100 buy 0.001998 BTC; the other 400.1 USD come from ETH: 400.1 / 0.999 / 2,000."""
    alice.fund(USDT="-99900")
    assert repay(alice).result == {
        "list": [
            {"coin": "USDT", "repaymentQty": "100.00000000"},
            {"coin": "ETH", "repaymentQty": "0.20025026"},
        ]
    }


def test_what_was_borrowed_by_hand(alice: Actor) -> None:
    """182120 in the page's words, once the interest is repaid."""
    repay(alice)
    reply = repay(alice)
    assert (reply.retCode, reply.retMsg) == (
        182120,
        "Please use the repay and no-convert-repay API.",
    )


@pytest.mark.parametrize("coin", ["ETH", "NOPE"])
def test_a_coin_that_is_not_owed(alice: Actor, coin: str) -> None:
    """182102."""
    reply = repay(alice, coin=coin)
    assert (reply.retCode, reply.retMsg) == (
        182102,
        "Failed repayment, there are no liabilities in the current currency",
    )


def test_the_order_of_refusals(exchange: Exchange) -> None:
    """Each line cures the fault above it."""
    classic = exchange.account(kind=1)
    assert classic.post(PATH, coin=1).retCode == 10001
    assert repay(classic).retCode == 10028

    exchange.control("PATCH", "/-/switches", {"upgradeWindowEnforced": False})
    for coin, usd in (("USDT", "1"), ("BTC", "50000")):
        exchange.control("PUT", f"/-/prices/{coin}", {"price": usd})
    exchange.control("PUT", "/-/loans/BTC", {"hourlyRate": "1", "familyMax": "7", "callMax": "7"})
    alice = exchange.account(vip="VIP-1", USDT="2000000")
    exchange.clock.advance(40 * 60_000)  # minute 04 of the next hour
    alice.post("/v5/account/upgrade-to-uta")
    assert repay(alice).retCode == 182105
    exchange.clock.advance(5000)
    assert repay(alice).retCode == 176018
    exchange.clock.advance(120_000)
    assert repay(alice).retCode == 182102
    alice.post("/v5/account/borrow", coin="BTC", amount="7")
    assert repay(alice).retCode == 182120
    alice.fund(BTC="-7")
    exchange.clock.advance(HOUR)
    assert repay(alice).retCode == 176006  # 7 BTC of interest are 350,000 USD
    alice.fund(USDT="-1990000")
    assert repay(alice).retCode == 182101


def test_without_collateral(alice: Actor) -> None:
    """182101 in the exchange's words; nothing was sold."""
    alice.fund(USDT="-100000", ETH="-49.9")
    entries = alice.exchange.entries
    reply = repay(alice)
    assert (reply.retCode, reply.retMsg) == (
        182101,
        "Failed repayment, insufficient collateral balance",
    )
    assert alice.exchange.entries == entries


@pytest.mark.parametrize(
    ("permission", "code"), [("Options:OptionsTrade", 0), ("ContractTrade:Order", 10005)]
)
def test_the_permission(alice: Actor, permission: str, code: int) -> None:
    """That of USDC contracts (4.4)."""
    assert alice.key(permissions=[permission]).post(PATH).retCode == code


def test_the_limit_is_one_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert repay(alice).headers["x-bapi-limit"] == "1"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's members."""
    oracle().assert_matches(repay(alice).json, "account/repay-liability")
