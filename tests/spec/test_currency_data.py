"""GET /v5/spot-margin-trade/currency-data: what can be borrowed by hand, and how finely."""

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/spot-margin-trade/currency-data"
FIXED = {
    "fixedManualBorrowable": False, "minFixedManualBorrowQty": "", "fixedManualBorrowAccuracy": "",
    "fixedInterestRateAccuracy": "", "minFixedInterestRate": "", "maxFixedInterestRate": "",
}  # fmt: skip


def test_one_coin(exchange: Exchange) -> None:
    """BTC as on the page."""
    reply = exchange.account().get(PATH, "currency=BTC")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert reply.result["list"] == [
        {
            "currency": "BTC",
            "flexibleManualBorrowable": True,
            "minFlexibleManualBorrowQty": "0.001",
            "flexibleManualBorrowAccuracy": "8",
            **FIXED,
        }
    ]


def test_a_coin_that_is_not_lent(exchange: Exchange) -> None:
    """Its configuration is empty."""
    assert exchange.account().get(PATH, "currency=PEPE").result["list"] == [
        {
            "currency": "PEPE",
            "flexibleManualBorrowable": False,
            "minFlexibleManualBorrowQty": "",
            "flexibleManualBorrowAccuracy": "",
            **FIXED,
        }
    ]


def test_every_coin_that_is_lent(exchange: Exchange) -> None:
    """Also one that the venue lends since just now."""
    terms = {"hourlyRate": "0.00001", "familyMax": "1000", "decimals": 2, "callMin": "5"}
    exchange.control("PUT", "/-/loans/TRX", terms)
    rows = {row["currency"]: row for row in exchange.account().get(PATH).result["list"]}
    assert {"BTC", "ETH", "USDT", "TRX"} <= set(rows)
    assert "PEPE" not in rows
    assert rows["TRX"]["minFlexibleManualBorrowQty"] == "5"
    assert rows["TRX"]["flexibleManualBorrowAccuracy"] == "2"


@pytest.mark.parametrize("coin", ["NOPE", "btc"])
def test_an_unknown_coin(exchange: Exchange, coin: str) -> None:
    """10001."""
    assert exchange.account().get(PATH, f"currency={coin}").retCode == 10001


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH).retCode == 176037


def test_it_has_no_stated_limit(exchange: Exchange) -> None:
    """So there are no limit headers (5.2)."""
    headers = exchange.account().get(PATH).headers
    assert not [name for name in headers if name.startswith("x-bapi-limit")]


def test_the_documented_shape(exchange: Exchange) -> None:
    """But retExtInfo is an object, as everywhere (Q2)."""
    reply = exchange.account().get(PATH, "currency=BTC")
    oracle().assert_matches(reply.json, "spot-margin-uta/currency-data", ignore=["retExtInfo"])
