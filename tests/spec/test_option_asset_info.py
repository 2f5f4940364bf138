"""GET /v5/account/option-asset-info; its sums are in tests/engine/position/test_book.py."""

from decimal import Decimal

import msgspec
from tests.actors import Exchange, oracle

from utabox.endpoints.account.option_asset_info import option_asset
from utabox.engine.position.book import OptionTotals

PATH = "/v5/account/option-asset-info"
D = Decimal
NOW = 1_773_230_923_530
ROW = option_asset(
    "BTC",
    OptionTotals(
        delta=D("0.01189"), realised_pnl=D("-0.279"), unrealised_pnl=D("-47.63185"), im=D(0),
        mm=D("0.00009"),
    ),
    NOW,
)  # fmt: skip


def test_an_account_without_options(exchange: Exchange) -> None:
    """An empty list, under the same name as the object that it is in."""
    reply = exchange.account(USDT="1000").get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "Success")
    assert reply.result == {"result": []}


def test_a_row() -> None:
    """The numbers of the page's example, in its order; 4 decimals, cut."""
    assert list(msgspec.to_builtins(ROW).items()) == list({
        "totalDelta": "0.0118", "assetIM": "0.0000", "totalUPL": "-47.6318",
        "totalRPL": "-0.2790", "assetMM": "0.0000", "coin": "BTC", "sendTime": NOW,
    }.items())  # fmt: skip


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    assert exchange.account(kind=1).get(PATH).retCode == 10028


def test_there_is_no_limit(exchange: Exchange) -> None:
    """None is stated (5.1)."""
    assert "x-bapi-limit" not in exchange.account().get(PATH).headers


def test_the_documented_shape(exchange: Exchange) -> None:
    """Empty, and with a coin like the page's."""
    answer = exchange.account().get(PATH).json
    oracle().assert_matches(answer, "account/option-asset-info")
    answer["result"]["result"] = [msgspec.to_builtins(ROW)]
    oracle().assert_matches(answer, "account/option-asset-info")
