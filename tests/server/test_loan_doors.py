"""The doors of lending: which coins are lent and taken, and how."""

import json
from typing import Any

import pytest
from tests.actors import Exchange

NEW = {"hourlyRate": "0.00001", "familyMax": "1000"}


def refused(exchange: Exchange, method: str, path: str, body: Any = None) -> str:
    """The error of a call that changes nothing."""
    entries = exchange.entries
    reply = exchange.control_reply(method, path, body)
    assert reply.status == 400
    assert exchange.entries == entries
    return str(json.loads(reply.body)["error"])


def test_the_loans_that_a_venue_begins_with(exchange: Exchange) -> None:
    """BTC has the documentation's numbers."""
    loans = exchange.control("GET", "/-/loans")
    assert {"BTC", "ETH", "USDT", "USDC"} <= set(loans)
    btc = loans["BTC"]
    assert btc.pop("tiers")[0] == {"limit": "390", "imr": "0.2", "mmr": "0.04"}
    assert btc == {
        "hourlyRate": "0.000001502122", "familyMax": "3", "inventory": "300", "callMin": "0.001",
        "callMax": "3", "decimals": 8, "freeLimit": "0",
    }  # fmt: skip


def test_what_is_left_out_stays(exchange: Exchange) -> None:
    """And the answer is the coin as it is then."""
    before = exchange.control("GET", "/-/loans")["BTC"]
    tiers = [{"limit": "10", "imr": "0.5", "mmr": "0.1"}]
    given = {"hourlyRate": "0.5", "tiers": tiers, "decimals": 4, "freeLimit": "1.5"}
    answer = exchange.control("PUT", "/-/loans/BTC", given)
    assert answer == {"BTC": {**before, **given}}
    assert exchange.control("GET", "/-/loans")["BTC"] == answer["BTC"]


def test_a_new_coin_is_lent_as_usual(exchange: Exchange) -> None:
    """A rate and a limit are enough; then it can be borrowed."""
    answer = exchange.control("PUT", "/-/loans/TRX", NEW)["TRX"]
    assert answer.pop("tiers") == [
        {"limit": "250", "imr": "0.2", "mmr": "0.04"},
        {"limit": "500", "imr": "0.25", "mmr": "0.04"},
        {"limit": "750", "imr": "0.33333333", "mmr": "0.04"},
        {"limit": "1000", "imr": "0.5", "mmr": "0.04"},
    ]
    assert answer == {
        **NEW, "inventory": "100000", "callMin": "0", "callMax": "1000", "decimals": 8,
        "freeLimit": "0",
    }  # fmt: skip
    alice = exchange.account(USDT="100000")
    assert alice.post("/v5/account/borrow", coin="TRX", amount="10").retCode == 0


def test_a_coin_is_lent_no_more(exchange: Exchange) -> None:
    """Not while somebody owes it: then a limit of 0 is the way."""
    alice = exchange.account(USDT="100000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.5")
    assert "0.5 BTC lent" in refused(exchange, "DELETE", "/-/loans/BTC")
    exchange.control("PUT", "/-/loans/BTC", {"familyMax": "0"})
    exchange.clock.advance(1000)
    assert alice.post("/v5/account/borrow", coin="BTC", amount="0.1").retCode == 176027

    assert alice.post("/v5/account/repay", coin="BTC").retCode == 0
    assert exchange.control("DELETE", "/-/loans/BTC") == {"deleted": "BTC"}
    assert "BTC" not in exchange.control("GET", "/-/loans")
    exchange.clock.advance(1000)
    assert alice.post("/v5/account/borrow", coin="BTC", amount="0.1").retCode == 176010


@pytest.mark.parametrize(
    ("coin", "body", "told"),
    [
        ("TRX", {"hourlyRate": "0.1"}, "not lent yet"),
        ("TRX", {"familyMax": "1"}, "not lent yet"),
        ("TRX", {**NEW, "familyMax": "0"}, "limits above 0"),
        ("NOPE", NEW, "no price"),
        ("BTC", {"hourlyRate": "2"}, "hourly rate"),
        ("BTC", {"tiers": []}, "at least one tier"),
        ("BTC", {"tiers": [{"limit": "1", "imr": "0.1", "mmr": "0.2"}]}, "mmr"),
        ("BTC", {"decimals": 19}, "decimals"),
        ("BTC", {"hourlyRate": "much"}, "hourlyRate"),
        ("BTC", {"rate": "0.1"}, "rate"),
    ],
)
def test_terms_that_do_not_fit(
    exchange: Exchange, coin: str, body: dict[str, Any], told: str
) -> None:
    """The error says what fits."""
    assert told in refused(exchange, "PUT", f"/-/loans/{coin}", body)


def test_collateral(exchange: Exchange) -> None:
    """What is left out stays."""
    before = exchange.control("GET", "/-/collateral")["ETH"]
    assert before == {
        "tiers": [{"minQty": "0", "ratio": "0.9"}],
        "on": True,
        "capped": False,
        "liquidationOrder": 5,
    }
    answer = exchange.control("PATCH", "/-/collateral/ETH", {"capped": True})
    assert answer == {"ETH": {**before, "capped": True}}
    given = {"tiers": [{"minQty": "0", "ratio": "0.5"}], "on": False, "liquidationOrder": 7}
    answer = exchange.control("PATCH", "/-/collateral/ETH", given)
    assert answer == {"ETH": {**given, "capped": True}}
    assert exchange.control("GET", "/-/collateral")["ETH"] == answer["ETH"]


def test_a_coin_that_was_no_collateral(exchange: Exchange) -> None:
    """It needs tiers."""
    assert "give tiers" in refused(exchange, "PATCH", "/-/collateral/TSLA", {"on": True})
    exchange.control("PATCH", "/-/collateral/TSLA", {"tiers": [{"minQty": "0", "ratio": "0.5"}]})
    (row,) = exchange.account().get("/v5/account/collateral-info", "currency=TSLA").result["list"]
    assert (row["marginCollateral"], row["collateralRatio"]) == (True, "0.5")


@pytest.mark.parametrize(
    ("coin", "body", "told"),
    [
        ("NOPE", {"on": True}, "has no price"),
        ("ETH", {"tiers": []}, "rising from 0"),
        ("ETH", {"tiers": [{"minQty": "1", "ratio": "0.5"}]}, "rising from 0"),
        ("ETH", {"tiers": [{"minQty": "0", "ratio": "1.5"}]}, "ratios from 0 to 1"),
        ("ETH", {"liquidationOrder": -1}, "liquidation order"),
        ("ETH", {"ratio": "0.5"}, "ratio"),
    ],
)
def test_collateral_that_does_not_fit(
    exchange: Exchange, coin: str, body: dict[str, Any], told: str
) -> None:
    """The error says what fits."""
    assert told in refused(exchange, "PATCH", f"/-/collateral/{coin}", body)
