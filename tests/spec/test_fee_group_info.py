"""GET /v5/market/fee-group-info"""

from typing import Any

import pytest
from tests.actors import Exchange, oracle, running

PATH = "/v5/market/fee-group-info"


def ask(exchange: Exchange, query: str = "productType=contract") -> list[dict[str, Any]]:
    """The groups of an answer that is no refusal."""
    reply = exchange.get(f"{PATH}?{query}")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    groups: list[dict[str, Any]] = reply.result["list"]
    return groups


def test_the_major_coins(exchange: Exchange) -> None:
    """Four contracts, and the rates of the documentation."""
    (group,) = ask(exchange, "productType=contract&groupId=1")
    assert (group["groupName"], group["weightingFactor"]) == ("G1(Major Coins)", 1)
    assert sorted(group["symbols"]) == ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"]
    assert group["symbolsNumbers"] == 4
    assert group["feeRates"]["pro"][0] == {
        "level": "Pro 1", "takerFeeRate": "0.00028", "makerFeeRate": "0.0001", "makerRebate": "",
    }  # fmt: skip
    assert [level["level"] for level in group["feeRates"]["pro"]] == [
        f"Pro {number}" for number in range(1, 7)
    ]
    assert group["feeRates"]["marketMaker"][2] == {
        "level": "MM 3", "takerFeeRate": "", "makerFeeRate": "", "makerRebate": "-0.00004",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("number", "name", "symbol"),
    [
        ("1", "G1(Major Coins)", "BTCUSDT"),
        ("2", "G2(High Growth)", "DOGEUSDT"),
        ("3", "G3(Mid-Tier Liquidity)", "LTCUSD"),
        ("4", "G4(Mid-Tier Activation)", "1000000BABYDOGEUSDT"),
        ("5", "G5(Long Tail)", "BTCUSDZ26"),
        ("8", "USDC", "BTCPERP"),
        ("9", "G9(Stock & Commodity Tradfi Perp)", "TSLAUSDT"),
    ],
)
def test_one_group(exchange: Exchange, number: str, name: str, symbol: str) -> None:
    """By its number; names as in the enum (the example cuts the last one)."""
    (group,) = ask(exchange, f"productType=contract&groupId={number}")
    assert group["groupName"] == name
    assert symbol in group["symbols"]


@pytest.mark.parametrize(("number", "name"), [("6", "Innovation-Zone"), ("7", "Pre-listing")])
def test_groups_of_what_is_not_listed_here(exchange: Exchange, number: str, name: str) -> None:
    """They have rates and no symbols."""
    (group,) = ask(exchange, f"productType=contract&groupId={number}")
    assert (group["groupName"], group["symbols"], group["symbolsNumbers"]) == (name, [], 0)
    assert len(group["feeRates"]["pro"]) == 6


def test_a_contract_is_in_one_group_at_most(exchange: Exchange) -> None:
    """All nine without a number; each symbol trades here."""
    groups = ask(exchange)
    symbols = [symbol for group in groups for symbol in group["symbols"]]
    listed = [
        row["symbol"]
        for category in ("linear", "inverse")
        for row in exchange.get(
            f"/v5/market/instruments-info?category={category}&limit=1000"
        ).result["list"]
    ]
    assert len(groups) == 9
    assert len(symbols) == len({*symbols})
    assert {*symbols} <= {*listed}
    assert [group["symbolsNumbers"] for group in groups] == [
        len(group["symbols"]) for group in groups
    ]


def test_a_delivered_contract_leaves_its_group() -> None:
    """At the instant of its delivery, as it leaves instruments-info."""
    with running(now=1_790_323_199_999) as exchange:
        query = "productType=contract&groupId=5"
        assert "BTCUSDT-25SEP26" in ask(exchange, query)[0]["symbols"]
        exchange.clock.advance(1)
        assert "BTCUSDT-25SEP26" not in ask(exchange, query)[0]["symbols"]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "productType invalid"),
        ("productType=spot", "productType invalid"),
        ("productType=contract&groupId=10", "groupId invalid"),
        ("productType=contract&groupId=", "groupId invalid"),
    ],
)
def test_refusals(exchange: Exchange, query: str, text: str) -> None:
    """10001 with the parameter's name."""
    reply = exchange.get(f"{PATH}?{query}")
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {text}")
    assert exchange.why["hint"]


def test_the_documented_shape(exchange: Exchange) -> None:
    oracle().assert_matches(
        exchange.get(f"{PATH}?productType=contract").json, "market/fee-group-info"
    )
