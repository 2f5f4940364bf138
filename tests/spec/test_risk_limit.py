"""GET /v5/market/risk-limit"""

import json
from decimal import Decimal
from itertools import pairwise
from urllib.parse import quote

import pytest
from tests.actors import SPEC, Exchange, oracle

PATH = "/v5/market/risk-limit"


def test_the_first_tiers_are_what_the_exchange_sent(exchange: Exchange) -> None:
    """Captured in September 2026: fractions, not the percent of the page's example."""
    reply = exchange.get(f"{PATH}?category=linear&symbol=BTCUSDT")
    oracle()
    file = SPEC / "catalogue" / "captures" / "live2026-rest-risk-limit-linear-btcusdt.json"
    wanted = json.loads(file.read_text("utf-8"))["message"]["result"]
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert reply.result["list"][:2] == wanted["list"]
    assert (reply.result["category"], reply.result["nextPageCursor"]) == ("linear", "")


def test_inverse_tiers_are_in_the_settle_coin(exchange: Exchange) -> None:
    """As captured: 150 and 300 BTC."""
    rows = exchange.get(f"{PATH}?category=inverse&symbol=BTCUSD").result["list"]
    assert [row["riskLimitValue"] for row in rows] == ["150", "300"]
    assert [row["mmDeduction"] for row in rows] == ["", "0.75"]


@pytest.mark.parametrize(("category", "symbol"), [("linear", "BTCUSDT"), ("inverse", "BTCUSD")])
def test_the_maintenance_margin_has_no_jump(exchange: Exchange, category: str, symbol: str) -> None:
    """At the border of two tiers both ask for the same (trading-semantics 4.4)."""
    rows = exchange.get(f"{PATH}?category={category}&symbol={symbol}").result["list"]
    needed = [
        [
            Decimal(low["riskLimitValue"]) * Decimal(tier["maintenanceMargin"])
            - Decimal(tier["mmDeduction"] or 0)
            for tier in (low, high)
        ]
        for low, high in pairwise(rows)
    ]
    assert needed
    assert [at_low for at_low, _ in needed] == [at_high for _, at_high in needed]


def test_the_first_tier_has_the_leverage_of_the_instrument(exchange: Exchange) -> None:
    """Of every contract that trades."""
    instruments = exchange.get("/v5/market/instruments-info?category=inverse").result["list"]
    rows = exchange.get(f"{PATH}?category=inverse").result["list"]
    lowest = {row["symbol"]: row["maxLeverage"] for row in rows if row["isLowestRisk"] == 1}
    assert lowest == {row["symbol"]: row["leverageFilter"]["maxLeverage"] for row in instruments}


def test_linear_has_fifteen_symbols_a_page(exchange: Exchange) -> None:
    """Both spellings of the cursor lead to the next page."""
    first = exchange.get(f"{PATH}?category=linear").result
    cursor = first["nextPageCursor"]
    verbatim = exchange.get(f"{PATH}?category=linear&cursor={cursor}").result
    encoded = exchange.get(f"{PATH}?category=linear&cursor={quote(cursor, safe='')}").result
    before = {row["symbol"] for row in first["list"]}
    after = {row["symbol"] for row in verbatim["list"]}
    assert (len(before), len(after), before & after) == (15, 15, set())
    assert verbatim == encoded


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "category invalid"),
        ("category=spot", "category invalid"),
        ("category=linear&symbol=BTCUSD", "symbol invalid"),
        ("category=linear&cursor=x", "cursor invalid"),
    ],
)
def test_refusals(exchange: Exchange, query: str, text: str) -> None:
    """10001 with the parameter's name."""
    reply = exchange.get(f"{PATH}?{query}")
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {text}")


def test_the_documented_shape(exchange: Exchange) -> None:
    """The table has nextPageCursor, the example not."""
    oracle().assert_matches(
        exchange.get(f"{PATH}?category=inverse&symbol=BTCUSD").json,
        "market/risk-limit",
        ignore=["result.nextPageCursor"],
    )
