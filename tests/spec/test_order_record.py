"""GET /v5/asset/exchange/order-record: rows as conversions will leave them."""

from decimal import Decimal

import pytest
from tests.actors import T0, Actor, Exchange, oracle
from tests.spec.past import remember

from utabox.engine.account.exchanged import ExchangeRow, exchanged

PATH = "/v5/asset/exchange/order-record"
D = Decimal


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """The page's example, and two more, a second apart."""
    alice = exchange.account()
    rows = [
        ExchangeRow("BTC", D("0.1"), "ETH", D("1.38586623"), "145102533285208544812654440448"),
        ExchangeRow("BTC", D(1), "USDT", D(100000), "2"),
        ExchangeRow("USDT", D(3), "ETH", D(1), "3"),
    ]
    remember(exchange, T0, exchanged(alice.uid, rows[0]))
    remember(exchange, T0 + 1000, exchanged(alice.uid, rows[1]))
    remember(exchange, T0 + 2000, exchanged(alice.uid, rows[2]))
    exchange.clock.advance(2000)
    return alice


def ids(actor: Actor, query: str = "") -> list[str]:
    """The records, by their ids."""
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    return [record["exchangeTxId"][-2:] for record in reply.result["orderBody"]]


def test_a_record(alice: Actor) -> None:
    """18 decimals, and seconds; the rate is 1.38586623 / 0.1."""
    (record,) = alice.get(PATH, "fromCoin=BTC&toCoin=ETH").result["orderBody"]
    assert list(record.items()) == list({
        "fromCoin": "BTC", "fromAmount": "0.100000000000000000", "toCoin": "ETH",
        "toAmount": "1.385866230000000000", "exchangeRate": "13.858662300000000000",
        "createdTime": str(T0 // 1000), "exchangeTxId": "145102533285208544812654440448",
    }.items())  # fmt: skip


def test_the_rate_is_cut(alice: Actor) -> None:
    """A third."""
    (record,) = alice.get(PATH, "fromCoin=USDT").result["orderBody"]
    assert record["exchangeRate"] == "0.333333333333333333"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["3", "2", "48"]), ("fromCoin=BTC", ["2", "48"]), ("toCoin=ETH", ["3", "48"]),
        ("fromCoin=ETH", []), ("limit=2", ["3", "2"]),
    ],
)  # fmt: skip
def test_filters(alice: Actor, query: str, found: list[str]) -> None:
    """The newest first, of all time."""
    assert ids(alice, query) == found


def test_pages(alice: Actor) -> None:
    """The cursor is an id and the second of the last record."""
    cursor = alice.get(PATH, "limit=2").result["nextPageCursor"]
    assert cursor.endswith(f":{T0 // 1000 + 1}")
    last = alice.get(PATH, f"limit=2&cursor={cursor}").result
    assert [record["exchangeTxId"][-2:] for record in last["orderBody"]] == ["48"]
    assert last["nextPageCursor"] == ""


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"), ("limit=x", "limit"), ("cursor=abc", "cursor"),
        (f"cursor={'9' * 19}:1", "cursor"),
    ],
)  # fmt: skip
def test_what_does_not_fit(alice: Actor, query: str, name: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {name} invalid")


@pytest.mark.parametrize("kind", [1, 5])
def test_a_new_account_has_none(exchange: Exchange, alice: Actor, kind: int) -> None:
    """Whatever its kind, and whatever others did."""
    assert ids(exchange.account(kind=kind)) == []


def test_a_key_needs_exchange_history(alice: Actor) -> None:
    """10005."""
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH).retCode == 10005
    assert alice.key(permissions=["Exchange:ExchangeHistory"]).get(PATH).retCode == 0


def test_the_limit_is_six_hundred_a_minute(alice: Actor) -> None:
    """As stated."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "600"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's example is its first record."""
    oracle().assert_matches(alice.get(PATH).json, "asset/exchange")
