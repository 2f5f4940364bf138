"""GET /v5/market/insurance"""

from decimal import Decimal
from typing import Any

import pytest
from tests.actors import T0, Exchange, oracle

from utabox.engine.invariants import audit
from utabox.engine.market.index_price import SetIndexPrices
from utabox.engine.market.insurance import SetInsurancePool
from utabox.engine.rules import Command, apply, decide
from utabox.engine.state import State

PATH = "/v5/market/insurance"


def ask(exchange: Exchange, query: str = "") -> dict[str, Any]:
    """The result of an answer that is no refusal."""
    reply = exchange.get(f"{PATH}?{query}")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    return reply.result


def fill(exchange: Exchange, coin: str, symbols: str, balance: str) -> None:
    """Say from outside what a pool holds."""
    exchange.control("PUT", f"/-/insurance/{coin}/{symbols}", {"balance": balance})


@pytest.fixture
def exchange(exchange: Exchange) -> Exchange:
    """An exchange whose prices are those of the test."""
    for coin, price in {"BTC": "83876.10", "USDT": "0.99980"}.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    return exchange


def test_a_venue_begins_without_pools(exchange: Exchange) -> None:
    assert ask(exchange) == {"updatedTime": "0", "list": []}
    assert ask(exchange, "coin=USDT") == {"updatedTime": "0", "list": []}


def test_pools_are_shown_with_their_value(exchange: Exchange) -> None:
    """By coin and symbols; USD at the index: 902178.57602476 * 0.9998 and 0.5 * 83876.10."""
    fill(exchange, "USDT", "SOLUSDT,ETHUSDT", "902178.57602476")
    exchange.clock.advance(1000)
    fill(exchange, "USDT", "BTCUSDT", "10002")
    fill(exchange, "BTC", "BTCUSD", "0.5")
    assert ask(exchange) == {
        "updatedTime": str(T0 + 1000),
        "list": [
            {"coin": "BTC", "symbols": "BTCUSD", "balance": "0.5", "value": "41938.05"},
            {"coin": "USDT", "symbols": "BTCUSDT", "balance": "10002", "value": "9999.9996"},
            {
                "coin": "USDT",
                "symbols": "ETHUSDT,SOLUSDT",
                "balance": "902178.57602476",
                "value": "901998.14030955",  # 901998.140309555048, cut
            },
        ],
    }


def test_the_pools_of_one_coin(exchange: Exchange) -> None:
    """And when they last changed."""
    fill(exchange, "USDT", "BTCUSDT", "10002")
    exchange.clock.advance(1000)
    fill(exchange, "BTC", "BTCUSD", "0.5")
    found = ask(exchange, "coin=USDT")
    assert [row["coin"] for row in found["list"]] == ["USDT"]
    assert found["updatedTime"] == str(T0)
    assert ask(exchange, "coin=USDC")["list"] == []


def test_a_pool_is_changed_and_dissolved(exchange: Exchange) -> None:
    """It is the same one in whatever order its symbols are named."""
    fill(exchange, "USDT", "BTCUSDT,ETHUSDT", "5")
    fill(exchange, "USDT", "ETHUSDT%2CBTCUSDT", "7.50")
    assert [row["balance"] for row in ask(exchange)["list"]] == ["7.5"]
    entries = exchange.entries
    fill(exchange, "USDT", "BTCUSDT,ETHUSDT", "7.5")
    assert exchange.entries == entries
    exchange.control("DELETE", "/-/insurance/USDT/ETHUSDT,BTCUSDT")
    assert ask(exchange)["list"] == []
    assert exchange.control("GET", "/-/insurance") == []


@pytest.mark.parametrize(
    ("method", "path", "balance"),
    [
        ("PUT", "USDT/NOPE", "1"),
        ("PUT", "USDT/BTCPERP", "1"),  # settles in USDC
        ("PUT", "USDT/ETHUSDT,", "1"),
        ("PUT", "NOPE/ETHUSDT", "1"),
        ("PUT", "USDT/ETHUSDT,ETHUSDT", "1"),
        ("PUT", "USDT/ETHUSDT,BTCUSDT", "1"),  # BTCUSDT has a pool
        ("PUT", "USDT/ETHUSDT", "-1"),
        ("PUT", "USDT/ETHUSDT", "NaN"),
        ("PUT", "USDT/ETHUSDT", "1E+16"),
        ("PUT", "USDT/ETHUSDT", "1E-19"),
        ("DELETE", "USDT/ETHUSDT", ""),
    ],
)
def test_what_is_no_pool(exchange: Exchange, method: str, path: str, balance: str) -> None:
    """One sentence with the next step and its why, and nothing changes."""
    fill(exchange, "USDT", "BTCUSDT", "1")
    entries = exchange.entries
    body = {"balance": balance} if balance else None
    reply = exchange.control_reply(method, f"/-/insurance/{path}", body)
    assert reply.status == 400
    assert len(reply.json["error"]) > 20
    assert reply.json["why"]["hint"]
    assert exchange.entries == entries


def test_what_a_pool_gets_the_house_gives() -> None:
    """Money is conserved: into a pool, from one, and when it is dissolved."""
    state = State()

    def do(command: Command) -> None:
        apply(state, decide(state, command, T0))

    do(SetIndexPrices({"USDT": Decimal(1)}))
    do(SetInsurancePool("USDT", ("BTCUSDT",), Decimal(100)))
    do(SetInsurancePool("USDT", ("ETHUSDT",), Decimal(7)))
    do(SetInsurancePool("USDT", ("BTCUSDT",), Decimal(40)))
    assert (state.house["USDT"], audit(state)) == (Decimal(-47), [])
    do(SetInsurancePool("USDT", ("ETHUSDT",), None))
    assert (state.house["USDT"], audit(state)) == (Decimal(-40), [])


@pytest.mark.parametrize("coin", ["NOPE", "usdt", "USDT,BTC"])
def test_refusals(exchange: Exchange, coin: str) -> None:
    """10001 with the parameter's name."""
    reply = exchange.get(f"{PATH}?coin={coin}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: coin invalid")
    assert exchange.why["hint"]


def test_the_documented_shape(exchange: Exchange) -> None:
    fill(exchange, "USDT", "BTCUSDT", "1")
    oracle().assert_matches(exchange.get(PATH).json, "market/insurance")
