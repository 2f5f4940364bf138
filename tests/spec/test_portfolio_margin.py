"""GET /v5/asset/portfolio-margin; its grid is in tests/engine/position/test_stress.py."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.actors import Actor, Exchange, oracle

from utabox.endpoints.asset.portfolio_margin import coin_ranges
from utabox.engine.account.loan import Borrow
from utabox.engine.margin.valuation import Holding
from utabox.engine.position.book import Option, Position
from utabox.terms import Category

PATH = "/v5/asset/portfolio-margin"
D = Decimal


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """2000 USDC and 1 ETH, which is at 2000 and counts nine tenths; in portfolio margin."""
    for coin, price in {"USDC": "1", "ETH": "2000"}.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    alice = exchange.account(USDC="2000", ETH="1")
    alice.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")
    return alice


def test_an_account_without_positions(alice: Actor) -> None:
    """Its balances; no coin is at risk."""
    reply = alice.get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "Success")
    assert reply.result == {
        "wallet": {
            "equity": "4000", "cashBalance": "3800", "marginBalance": "3800",
            "availableBalance": "4000", "accountIM": "0", "accountMM": "0", "accountMMRate": "0",
            "accountIMRate": "0",
        },
        "assetPnlRange": [],
    }  # fmt: skip


def test_isolated_margin_blanks_it(alice: Actor) -> None:
    """What wallet-balance leaves empty is empty here (6.3)."""
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    assert alice.get(PATH).result["wallet"] == {
        "equity": "4000", "cashBalance": "4000", "marginBalance": "", "availableBalance": "",
        "accountIM": "", "accountMM": "", "accountMMRate": "", "accountIMRate": "",
    }  # fmt: skip


def test_a_loan_has_margin_here_too(exchange: Exchange, alice: Actor) -> None:
    """As wallet-balance says it, number by number (6.7)."""
    runtime = exchange.server.venue.runtime
    exchange.server.call(lambda: runtime.execute(Borrow(alice.uid, "ETH", D("0.5"))))
    found = alice.get(PATH).result["wallet"]
    (wallet,) = alice.get("/v5/account/wallet-balance", "accountType=UNIFIED").result["list"]
    assert found["accountIM"] != "0"
    assert found == {
        "equity": wallet["totalEquity"],
        "cashBalance": wallet["totalWalletBalance"],
        "marginBalance": wallet["totalMarginBalance"],
        "availableBalance": wallet["totalAvailableBalance"],
        "accountIM": wallet["totalInitialMargin"],
        "accountMM": wallet["totalMaintenanceMargin"],
        "accountMMRate": wallet["accountMMRate"],
        "accountIMRate": wallet["accountIMRate"],
    }


def test_one_coin(alice: Actor) -> None:
    """The wallet is whole all the same."""
    assert alice.get(PATH, "baseCoin=BTC").result == alice.get(PATH).result


@pytest.mark.parametrize("coin", ["NOPE", "btc"])
def test_an_unknown_coin(alice: Actor, coin: str) -> None:
    """10001."""
    reply = alice.get(PATH, f"baseCoin={coin}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: baseCoin invalid")


@pytest.mark.parametrize(("query", "code"), [("", 10028), ("baseCoin=NOPE", 10001)])
def test_a_classic_account(exchange: Exchange, query: str, code: int) -> None:
    """10028; a wrong coin is refused first."""
    assert exchange.account(kind=1).get(PATH, query).retCode == code


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "50"


@pytest.fixture
def example() -> dict[str, Any]:
    """One coin with the perpetual and the hedge of the page's example, and an option like its."""
    call = Option(D(70500), D(80000), D("0.5"), 15_768_000_000, call=True)
    perpetual = Position(
        Category.LINEAR, "BTCUSDT", "BTC", "USDT", D("0.038"), D("255902.31"), D("75995.4295"),
    )  # fmt: skip
    option = Position(
        Category.OPTION, "BTC-25SEP26-80000-C-USDT", "BTC", "USDT", D("0.02"), D("2608.56395729"),
        option=call,
    )  # fmt: skip
    spot = Holding("BTC", D("70500.55686658"), D("-0.00000007"), hedged_qty=D("-0.00100006"))
    prices = {"USDT": D("0.99970800000326605"), "BTC": spot.index}
    found: dict[str, Any] = msgspec.to_builtins(coin_ranges(spot, [perpetual, option], prices))
    return found


def test_a_perpetual_in_it(example: dict[str, Any]) -> None:
    """Every number of the page's example."""
    (row,) = example["perpPositionPnlRanges"]
    assert example["totalPnlRanges"]["PERPETUAL"]["pnlRanges"] == row["pnlRanges"]
    assert [(each["priceScale"], each["pnls"]) for each in row.pop("pnlRanges")] == [
        ("-0.1", ["-972.14482880"]), ("-0.08", ["-777.71586304"]), ("-0.06", ["-583.28689728"]),
        ("-0.04", ["-388.85793152"]), ("-0.02", ["-194.42896576"]), ("0.0", ["0.00000000"]),
        ("0.02", ["194.42896576"]), ("0.04", ["388.85793152"]), ("0.06", ["583.28689728"]),
        ("0.08", ["777.71586304"]), ("0.1", ["972.14482880"]),
    ]  # fmt: skip
    assert row == {
        "symbolName": "BTCUSDT", "position": "0.038", "sessionAvgPrice": "75995.4295",
        "markPrice": "255902.31000000", "orderSize": "0", "contractType": 2, "settleCoin": "USDT",
        "symbolAlias": "BTCUSDT",
    }  # fmt: skip


def test_options_in_it(example: dict[str, Any]) -> None:
    """By expiry; three volatilities each, of which the total has the worst."""
    (expiry,) = example["optionExpiryDatePnlRanges"]
    (row,) = expiry["optionPositionPnlRanges"]
    assert expiry["expiryDateRepresentation"] == "25SEP26"
    assert expiry["pnlRanges"] == row["pnlRanges"]
    worst = [[each["pnls"][2]] for each in row["pnlRanges"]]
    assert [each["pnls"] for each in example["totalPnlRanges"]["OPTION"]["pnlRanges"]] == worst
    assert (row["contractType"], "symbolAlias" in row) == (5, False)


def test_its_margin(example: dict[str, Any]) -> None:
    """The worst of all sums, and 1.2 times as much."""
    total = [D(each["pnls"][0]) for each in example["totalPnlRanges"]["ALL"]["pnlRanges"]]
    margin = {name: D(amount) for name, amount in example["asset"].items() if name != "coin"}
    assert abs(margin["assetMM"] + min(total)) < D("1e-8")
    assert abs(margin["assetIM"] - margin["assetMM"] * D("1.2")) < D("2e-8")
    assert (example["maxLossPriceMove"], example["maxLossIvShock"]) == ("-0.1", "-0.2")
    assert example["maxLossIvShockList"] == ["-0.2"] * 11


def test_the_documented_shape(alice: Actor, example: dict[str, Any]) -> None:
    """Empty, and with a coin like the page's."""
    answer = alice.get(PATH).json
    oracle().assert_matches(answer, "asset/portfolio-margin")
    answer["result"]["assetPnlRange"] = [example]
    oracle().assert_matches(answer, "asset/portfolio-margin")
