"""GET /v5/market/instruments-info"""

import json
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from tests.actors import SPEC, Exchange, Reply, oracle, running

from utabox.records.instrument import Instrument

PATH = "/v5/market/instruments-info"
NOTHING = {"category": "", "list": [], "nextPageCursor": ""}


def ask(exchange: Exchange, query: str) -> Reply:
    return exchange.get(f"{PATH}?{query}")


def symbols(reply: Reply) -> list[str]:
    return [row["symbol"] for row in reply.result["list"]]


def captured(name: str) -> Any:
    """The answer of the exchange itself."""
    oracle()
    text = (SPEC / "catalogue" / "captures" / f"{name}.json").read_text("utf-8")
    return json.loads(text)["message"]


def test_one_symbol_is_what_the_exchange_sent(exchange: Exchange) -> None:
    """The row of 2026-09-14, field for field."""
    reply = ask(exchange, "category=linear&symbol=BTCUSDT")
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    wanted = captured("live2026-rest-instruments-info-linear-btcusdt")
    assert reply.result["list"] == wanted["result"]["list"]
    assert (reply.result["category"], reply.result["nextPageCursor"]) == ("linear", "")


@pytest.mark.parametrize(
    ("query", "known"),
    [
        ("category=spot", {"BTCUSDT", "ETHUSDC", "SOLBTC"}),
        ("category=linear&limit=1000", {"BTCUSDT", "BTCPERP", "1000PEPEUSDT", "BTCUSDT-25DEC26"}),
        ("category=inverse", {"BTCUSD", "BTCUSDZ26"}),
        ("category=option", {"BTC-25JUN27-106000-P-USDT", "BTC-25JUN27-106000-C-USDT"}),
    ],
)
def test_the_rows_of_a_category(exchange: Exchange, query: str, known: set[str]) -> None:
    """In the order of their symbols, each with exactly the documented fields and types."""
    reply = ask(exchange, query)
    listed = symbols(reply)
    assert known <= {*listed}
    assert listed == sorted({*listed})
    msgspec.convert(reply.result["list"], list[Instrument])
    assert {row["status"] for row in reply.result["list"]} == {"Trading"}


def test_the_order_of_the_keys(exchange: Exchange) -> None:
    """Spot begins with the number, contracts with the symbol (trading-semantics 1.2)."""
    spot = ask(exchange, "category=spot&symbol=ETHUSDT").result
    linear = ask(exchange, "category=linear&symbol=ETHUSDT").result
    assert [*spot["list"][0]][:3] == ["symbolId", "symbol", "baseCoin"]
    assert [*linear["list"][0]][:3] == ["symbol", "symbolId", "contractType"]


def test_spot_has_one_page(exchange: Exchange) -> None:
    """`limit` and `cursor` are invalid there, and so is `baseCoin`: all three are ignored."""
    everything = ask(exchange, "category=spot")
    assert ask(exchange, "category=spot&limit=1&cursor=x&baseCoin=ETH").result == everything.result
    assert "nextPageCursor" not in everything.result


@pytest.mark.parametrize(
    "spelled", [str, lambda cursor: quote(cursor, safe="")], ids=["verbatim", "encoded again"]
)
def test_pages(exchange: Exchange, spelled: Any) -> None:
    """Page after page is the whole; a cursor may be sent as it came, or encoded again."""
    whole = symbols(ask(exchange, "category=linear"))
    first = ask(exchange, "category=linear&limit=20")
    cursor = first.result["nextPageCursor"]
    second = ask(exchange, f"category=linear&limit=20&cursor={spelled(cursor)}")

    assert len(symbols(first)) == 20 < len(whole) <= 40
    assert cursor == f"first%3D{whole[0]}%26last%3D{whole[19]}"
    assert symbols(first) + symbols(second) == whole
    assert second.result["nextPageCursor"] == ""


def test_a_limit_above_the_most_is_the_most(exchange: Exchange) -> None:
    """Clamped (trading-semantics 6.5)."""
    assert symbols(ask(exchange, "category=linear&limit=9999")) == symbols(
        ask(exchange, "category=linear")
    )


def test_a_base_coin_shows_linear_and_inverse_alike(exchange: Exchange) -> None:
    """Whichever of the two is asked (the page's info box)."""
    linear = ask(exchange, "category=linear&baseCoin=BTC")
    inverse = ask(exchange, "category=inverse&baseCoin=BTC")
    assert {"BTCUSDT", "BTCPERP", "BTCUSD", "BTCUSDZ26"} <= {*symbols(linear)}
    assert symbols(linear) == symbols(inverse)
    assert {row["baseCoin"] for row in linear.result["list"]} == {"BTC"}
    assert inverse.result["category"] == "inverse"


def test_options_are_of_btc_unless_asked(exchange: Exchange) -> None:
    """The default of `baseCoin`; a symbol needs none."""
    bases = {row["baseCoin"] for row in ask(exchange, "category=option").result["list"]}
    assert bases == {"BTC"}
    assert symbols(ask(exchange, "category=option&baseCoin=XRP")) == ["XRP-30OCT26-0.4-P-USDT"]
    asked = ask(exchange, "category=option&symbol=XRP-30OCT26-0.4-P-USDT")
    assert symbols(asked) == ["XRP-30OCT26-0.4-P-USDT"]


def test_the_type_of_a_symbol(exchange: Exchange) -> None:
    """Contracts on stocks only."""
    reply = ask(exchange, "category=linear&symbolType=stock")
    assert symbols(reply) == ["TSLAUSDT"]
    assert reply.result["list"][0]["symbolType"] == "stock"


def test_delivered_symbols_vanish() -> None:
    """From the instant of their delivery they are Closed, and shown on demand (1.2)."""
    delivery = 1_790_323_200_000
    with running(now=delivery - 1) as exchange:
        query = "category=linear&symbol=BTCUSDT-25SEP26"
        assert ask(exchange, query).result["list"][0]["status"] == "Trading"
        exchange.clock.advance(1)
        assert ask(exchange, query).result["list"] == []
        assert ask(exchange, f"{query}&status=Closed").result["list"][0]["status"] == "Closed"
        assert "BTCUSDT-25SEP26" not in symbols(ask(exchange, "category=linear&limit=1000"))
        closed = symbols(ask(exchange, "category=linear&status=Closed"))
        assert closed == ["BTCUSDT-25SEP26", "SOLUSDT-25SEP26"]


@pytest.mark.parametrize("status", ["PreLaunch", "Delivering", "Closed"])
def test_nothing_of_another_status(exchange: Exchange, status: str) -> None:
    """All four are accepted by the exchange; here, at this time, all symbols trade."""
    reply = ask(exchange, f"category=linear&status={status}")
    assert (reply.retCode, reply.result["list"]) == (0, [])


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "category invalid"),
        ("category=Linear", "category invalid"),
        ("category=linear&status=Settling", "status invalid"),  # captured
        ("category=linear&symbol=NOPE", "symbol invalid"),
        ("category=linear&symbol=btcusdt", "symbol invalid"),
        ("category=linear&symbol=BTCUSD", "symbol invalid"),  # an inverse one
        ("category=linear&limit=many", "limit invalid"),
        ("category=linear&limit=0", "limit invalid"),
        ("category=linear&cursor=nonsense", "cursor invalid"),
    ],
)
def test_refusals(exchange: Exchange, query: str, text: str) -> None:
    """10001 with the parameter's name, and a result of empty members."""
    reply = ask(exchange, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {text}")
    assert reply.result == NOTHING
    assert exchange.why["hint"]


def test_it_has_no_limit_and_needs_no_key(exchange: Exchange) -> None:
    """Nothing is published but the address rule."""
    assert "x-bapi-limit" not in ask(exchange, "category=spot&symbol=BTCUSDT").headers


@pytest.mark.parametrize(
    ("query", "variant", "ignored"),
    [
        # The page's table has displayName and forbidUplWithdrawal, its example neither.
        ("category=linear&symbol=ETHUSDT", "", ["displayName", "forbidUplWithdrawal"]),
        ("category=option&symbol=BTC-25JUN27-106000-P-USDT", "option", ["symbolId"]),
        ("category=spot&symbol=BTCUSDT", "spot", []),
        ("category=spot&symbol=SOLUSDC", "spot", []),
        ("category=inverse&symbol=BTCUSDZ26", "", ["displayName", "forbidUplWithdrawal"]),
    ],
)
def test_the_documented_shape(
    exchange: Exchange, query: str, variant: str, ignored: list[str]
) -> None:
    """Of each category; option rows carry symbolId in the table and in captures."""
    oracle().assert_matches(
        ask(exchange, query).json,
        "market/instrument",
        variant=variant,
        ignore=[f"result.list[].{name}" for name in ignored],
    )
