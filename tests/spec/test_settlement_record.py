"""GET /v5/asset/settlement-record: rows as trading will leave them, and every refusal."""

from decimal import Decimal

import pytest
from tests.actors import T0, Actor, Exchange, oracle
from tests.spec.past import remember

from utabox.engine.position.past import SettlementRow, settled

PATH = "/v5/asset/settlement-record"
DAY = 86_400_000
D = Decimal


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """The page's example, and another contract a second later."""
    alice = exchange.account()
    first = SettlementRow("BTCPERP", "Buy", D("1.5"), D(16620), D(16620), D("-71.28"))
    second = SettlementRow("ETHPERP", "Sell", D(2), D("2600.5"), D(2600), D(1))
    remember(exchange, T0, settled(alice.uid, first))
    remember(exchange, T0 + 1000, settled(alice.uid, second))
    exchange.clock.advance(1000)
    return alice


def symbols(actor: Actor, query: str) -> list[str]:
    """The contracts of the records, in their order."""
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    return [record["symbol"] for record in reply.result["list"]]


def test_a_record(alice: Actor) -> None:
    """The members of the page's example, in its order."""
    result = alice.get(PATH, "category=linear&symbol=BTCPERP").result
    assert (result["category"], result["nextPageCursor"]) == ("linear", "")
    (record,) = result["list"]
    assert list(record.items()) == list({
        "realisedPnl": "-71.28", "symbol": "BTCPERP", "side": "Buy", "markPrice": "16620",
        "size": "1.5", "createdTime": str(T0), "sessionAvgPrice": "16620",
    }.items())  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["ETHPERP", "BTCPERP"]),
        ("&symbol=ETHPERP", ["ETHPERP"]),
        ("&symbol=SOLPERP", []),
        ("&limit=1", ["ETHPERP"]),
        (f"&startTime={T0}&endTime={T0 + 999}", ["BTCPERP"]),
        (f"&startTime={T0 + 1}", ["ETHPERP"]),
        (f"&endTime={T0 + 30 * DAY + 1}", ["ETHPERP"]),
    ],
)
def test_filters_and_times(alice: Actor, query: str, found: list[str]) -> None:
    """The newest first; both bounds are inclusive, one means 30 days from there."""
    assert symbols(alice, f"category=linear{query}") == found


def test_without_a_time_it_is_the_last_thirty_days(exchange: Exchange, alice: Actor) -> None:
    """To the millisecond."""
    exchange.clock.advance(30 * DAY - 1000)
    assert symbols(alice, "category=linear") == ["ETHPERP", "BTCPERP"]
    exchange.clock.advance(1)
    assert symbols(alice, "category=linear") == ["ETHPERP"]


def test_pages(alice: Actor) -> None:
    """The cursor of each leads to the one behind it."""
    first = alice.get(PATH, "category=linear&limit=1").result
    cursor = first["nextPageCursor"]
    last = alice.get(PATH, f"category=linear&limit=1&cursor={cursor}").result
    assert [record["symbol"] for record in last["list"]] == ["BTCPERP"]
    assert last["nextPageCursor"] == ""


# Each line cures the fault of the one above it: so the order in which they win is tried, too.
REFUSED = [
    ("symbol=X&startTime=x&endTime=y&limit=z", 181000, "category is null"),
    (
        "category=inverse&symbol=X&startTime=x&endTime=y&limit=z", 181001,
        "category only support linear or option or spot",
    ),
    ("category=linear&symbol=X&startTime=x&endTime=y&limit=z", 181006, "startTime is not number"),
    ("category=linear&symbol=X&startTime=5&endTime=y&limit=z", 181007, "endTime is not number"),
    (
        "category=linear&symbol=X&startTime=5&endTime=4&limit=z", 181009,
        "Parameter startTime needs to be smaller than endTime",
    ),
    (
        f"category=linear&symbol=X&startTime=5&endTime={6 + 30 * DAY}&limit=z", 181010,
        "The time range between startTime and endTime cannot exceed 30 days",
    ),
    ("category=linear&symbol=X&limit=z", 181011, "limit is not a number"),
    ("category=linear&symbol=X", 181012, "symbol not exist"),
    ("category=linear&symbol=BTCUSDT", 181013, "Only support settleCoin: usdc"),
    ("category=linear&symbol=BTCPERP", 181014, "Classic account is not supported"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "code", "text"), REFUSED)
def test_refusals_in_their_order(exchange: Exchange, query: str, code: int, text: str) -> None:
    """Of a classic account, which has the last fault of all."""
    reply = exchange.account(kind=1).get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (code, text)
    assert exchange.why["hint"]


@pytest.mark.parametrize("query", ["limit=0", "cursor=abc"])
def test_pages_that_are_none(alice: Actor, query: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, f"category=linear&{query}")
    name = query.split("=")[0]
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {name} invalid")


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated."""
    assert alice.get(PATH, "category=linear").headers["x-bapi-limit"] == "50"


def test_the_documented_shape(alice: Actor) -> None:
    """Two records."""
    oracle().assert_matches(alice.get(PATH, "category=linear").json, "asset/settlement")
