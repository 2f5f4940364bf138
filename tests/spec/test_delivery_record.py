"""GET /v5/asset/delivery-record: rows as trading will leave them, and every refusal."""

from decimal import Decimal

import pytest
from tests.actors import T0, Actor, Exchange, oracle
from tests.spec.past import remember

from utabox.engine.position.past import DeliveryRow, delivered
from utabox.terms import Category

PATH = "/v5/asset/delivery-record"
DAY = 86_400_000
PUT, CALL, FUTURE = "BTC-25DEC26-70000-P-USDT", "BTC-25DEC26-70000-C-USDT", "BTCUSDT-25DEC26"
D = Decimal


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A put and a call that were delivered a second apart, and a future."""
    alice = exchange.account()
    put = DeliveryRow(
        PUT, "Buy", D("0.01"), D("12.5"), D("16541.86369547"), D(70000), D(0), D("3.50")
    )
    call = DeliveryRow(CALL, "Sell", D(2), D(1), D(60000), D(70000), D("0.1"), D(-7))
    future = DeliveryRow(FUTURE, "Sell", D("0.5"), D(61000), D(60000), None, D(15), D(500))
    remember(exchange, T0, delivered(alice.uid, Category.OPTION, put, "25DEC26"))
    remember(exchange, T0 + 1000, delivered(alice.uid, Category.OPTION, call, "26DEC26"))
    remember(exchange, T0 + 2000, delivered(alice.uid, Category.LINEAR, future, "25DEC26"))
    exchange.clock.advance(2000)
    return alice


def symbols(actor: Actor, query: str) -> list[str]:
    """The contracts of the records, in their order."""
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    return [record["symbol"] for record in reply.result["list"]]


def test_an_option(alice: Actor) -> None:
    """The members of the page's example in its order, with entryPrice of its table."""
    result = alice.get(PATH, f"category=option&symbol={PUT}").result
    assert (result["category"], result["nextPageCursor"]) == ("option", "")
    (record,) = result["list"]
    assert list(record.items()) == list({
        "symbol": PUT, "side": "Buy", "deliveryTime": T0, "strike": "70000", "fee": "0.00000000",
        "position": "0.01", "entryPrice": "12.5", "deliveryPrice": "16541.86369547",
        "deliveryRpl": "3.5",
    }.items())  # fmt: skip


def test_a_future_has_no_strike(alice: Actor) -> None:
    """It is empty."""
    (record,) = alice.get(PATH, "category=linear").result["list"]
    assert (record["symbol"], record["strike"], record["fee"]) == (FUTURE, "", "15.00000000")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("category=option", [CALL, PUT]),
        ("category=inverse", []),
        ("category=option&expDate=25DEC26", [PUT]),
        ("category=option&expDate=1JAN26", []),
        (f"category=option&symbol={CALL}", [CALL]),
        (f"category=option&symbol={CALL}&expDate=25DEC26", []),
        ("category=option&limit=1", [CALL]),
        (f"category=option&startTime={T0}&endTime={T0 + 999}", [PUT]),
        (f"category=option&startTime={T0 + 1000}", [CALL]),
        (f"category=option&endTime={T0 + 30 * DAY}", [CALL, PUT]),
        (f"category=option&endTime={T0 + 30 * DAY + 1}", [CALL]),
    ],
)
def test_filters_and_times(alice: Actor, query: str, found: list[str]) -> None:
    """The newest first; both bounds are inclusive, one means 30 days from there."""
    assert symbols(alice, query) == found


def test_without_a_time_it_is_the_last_thirty_days(exchange: Exchange, alice: Actor) -> None:
    """To the millisecond."""
    exchange.clock.advance(30 * DAY - 2000)
    assert symbols(alice, "category=option") == [CALL, PUT]
    exchange.clock.advance(1)
    assert symbols(alice, "category=option") == [CALL]


def test_pages(alice: Actor) -> None:
    """The cursor of each leads to the one behind it."""
    first = alice.get(PATH, "category=option&limit=1").result
    cursor = first["nextPageCursor"]
    last = alice.get(PATH, f"category=option&limit=1&cursor={cursor}").result
    assert [record["symbol"] for record in last["list"]] == [PUT]
    assert last["nextPageCursor"] == ""


@pytest.mark.parametrize("kind", [3, 4, 5, 6])
def test_a_new_account_has_none(exchange: Exchange, kind: int) -> None:
    """Nor does it see another's."""
    assert symbols(exchange.account(kind=kind), "category=option") == []


# Each line cures the fault of the one above it: so the order in which they win is tried, too.
REFUSED = [
    ("symbol=X&startTime=x&endTime=y&limit=z&expDate=x", 181000, "category is null"),
    (
        "category=spot&symbol=X&startTime=x&endTime=y&limit=z&expDate=x", 181001,
        "category only support linear or option or spot",
    ),
    (
        "category=option&symbol=X&startTime=x&endTime=y&limit=z&expDate=x", 181006,
        "startTime is not number",
    ),
    (
        "category=option&symbol=X&startTime=5&endTime=y&limit=z&expDate=x", 181007,
        "endTime is not number",
    ),
    (
        "category=option&symbol=X&startTime=5&endTime=5&limit=z&expDate=x", 181009,
        "Parameter startTime needs to be smaller than endTime",
    ),
    (
        f"category=option&symbol=X&startTime=5&endTime={6 + 30 * DAY}&limit=z&expDate=x", 181010,
        "The time range between startTime and endTime cannot exceed 30 days",
    ),
    (
        f"category=option&symbol=X&startTime=5&endTime={5 + 30 * DAY}&limit=z&expDate=x", 181011,
        "limit is not a number",
    ),
    ("category=option&symbol=BTCUSDT&limit=20&expDate=x", 181012, "symbol not exist"),
    (f"category=option&symbol={PUT}&limit=20&expDate=x", 181018, "Invalid expDate"),
    (
        f"category=option&symbol={PUT}&limit=20&expDate=26MAY23", 181019,
        "Parameter expDate can't be earlier than 2 years",
    ),
    (
        f"category=option&symbol={PUT}&limit=20&expDate=27MAY23", 181014,
        "Classic account is not supported",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("query", "code", "text"), REFUSED)
def test_refusals_in_their_order(exchange: Exchange, query: str, code: int, text: str) -> None:
    """Of a classic account, which has the last fault of all."""
    reply = exchange.account(kind=1).get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (code, text)
    assert exchange.why["hint"]


@pytest.mark.parametrize("day", ["29FEB25", "31APR26", "0JAN26", "01JAN26", "25dec26", "25DEC2026"])
def test_days_that_are_none(alice: Actor, day: str) -> None:
    """As they stand in the symbols of options, or not at all."""
    assert alice.get(PATH, f"category=option&expDate={day}").retCode == 181018


@pytest.mark.parametrize("kind", [3, 4])
def test_uta_1_has_no_inverse_deliveries(exchange: Exchange, kind: int) -> None:
    """They are of later kinds."""
    assert exchange.account(kind=kind).get(PATH, "category=inverse").retCode == 181001


@pytest.mark.parametrize("query", ["limit=0", "cursor=abc"])
def test_pages_that_are_none(alice: Actor, query: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, f"category=option&{query}")
    name = query.split("=")[0]
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {name} invalid")


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated."""
    assert alice.get(PATH, "category=option").headers["x-bapi-limit"] == "50"


def test_the_documented_shape(alice: Actor) -> None:
    """entryPrice stands in the page's table only."""
    reply = alice.get(PATH, "category=option")
    ignore = ["result.list[].entryPrice"]
    oracle().assert_matches(reply.json, "asset/delivery", ignore=ignore)
