"""GET /v5/account/borrow-history: the interest that was charged (7.5)."""

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/account/borrow-history"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
FIRST = T0 - T0 % HOUR + HOUR + 5 * MINUTE
"""When the first charge is due: minute 05 of the next hour."""


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """0.5 BTC are owed for two hours, and 2 ETH for the second."""
    exchange.control("PUT", "/-/loans/BTC", {"hourlyRate": "0.0001"})
    exchange.control("PUT", "/-/loans/ETH", {"hourlyRate": "0.0002"})
    alice = exchange.account(USDT="100000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.5")
    exchange.clock.advance(HOUR)
    alice.post("/v5/account/borrow", coin="ETH", amount="2")
    exchange.clock.advance(HOUR)
    return alice


def test_a_charge(alice: Actor) -> None:
    """0.5 * 0.0001, at hh:05:00; the sizes have no needless zeros."""
    oldest = alice.get(PATH).result["list"][-1]
    assert oldest == {
        "borrowAmount": "0.5", "costExemption": "0", "freeBorrowedAmount": "0",
        "createdTime": FIRST, "InterestBearingBorrowSize": "0.5", "currency": "BTC",
        "unrealisedLoss": "0", "hourlyBorrowRate": "0.0001", "borrowCost": "0.00005",
    }  # fmt: skip


def test_the_newest_first(alice: Actor) -> None:
    """The log has the same amounts as INTEREST."""
    rows = alice.get(PATH).result["list"]
    assert [(row["currency"], row["borrowCost"], row["createdTime"]) for row in rows] == [
        ("ETH", "0.0004", FIRST + HOUR),
        ("BTC", "0.00005", FIRST + HOUR),
        ("BTC", "0.00005", FIRST),
    ]
    lines = alice.get("/v5/account/transaction-log", "type=INTEREST").result["list"]
    assert [(line["currency"], line["change"]) for line in lines] == [
        ("ETH", "-0.0004"),
        ("BTC", "-0.00005"),
        ("BTC", "-0.00005"),
    ]


def test_the_documented_sample(exchange: Exchange) -> None:
    """1.06333265702840778 BTC at 0.000001216904 cost 0.00000129, cut."""
    exchange.control("PUT", "/-/loans/BTC", {"hourlyRate": "0.000001216904", "decimals": 17})
    alice = exchange.account(USDT="1000000")
    alice.post("/v5/account/borrow", coin="BTC", amount="1.06333265702840778")
    exchange.clock.advance(HOUR)
    (row,) = alice.get(PATH, "currency=BTC&limit=1").result["list"]
    assert row == {
        "borrowAmount": "1.06333265702840778", "costExemption": "0", "freeBorrowedAmount": "0",
        "createdTime": FIRST, "InterestBearingBorrowSize": "1.06333265702840778",
        "currency": "BTC", "unrealisedLoss": "0", "hourlyBorrowRate": "0.000001216904",
        "borrowCost": "0.00000129",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "costs"),
    [
        ("currency=BTC", ["0.00005", "0.00005"]),
        ("currency=XRP", []),
        ("limit=1", ["0.0004"]),
        ("limit=999", ["0.0004", "0.00005", "0.00005"]),
        (f"startTime={FIRST}&endTime={FIRST}", ["0.00005"]),
        (f"startTime={FIRST + 1}", ["0.0004", "0.00005"]),
        (f"endTime={FIRST + HOUR - 1}", ["0.00005"]),
        (f"startTime={FIRST - 30 * DAY}&endTime={FIRST}", ["0.00005"]),
    ],
)
def test_filters(alice: Actor, query: str, costs: list[str]) -> None:
    """Times are inclusive; one of them means 30 days from there."""
    assert [row["borrowCost"] for row in alice.get(PATH, query).result["list"]] == costs


def test_without_a_time_it_is_the_last_30_days(exchange: Exchange, alice: Actor) -> None:
    """A millisecond later the first charge is asked for by its time only."""
    alice.post("/v5/account/no-convert-repay", coin="BTC")
    alice.post("/v5/account/repay", repaymentType="ALL")
    exchange.clock.now = FIRST + 30 * DAY
    assert alice.get(PATH).result["list"][-1]["createdTime"] == FIRST
    exchange.clock.advance(1)
    assert alice.get(PATH).result["list"][-1]["createdTime"] == FIRST + HOUR
    assert alice.get(PATH, f"startTime={FIRST}").result["list"][-1]["createdTime"] == FIRST


def test_pages(alice: Actor) -> None:
    """The cursor leads to the rows behind; the last page has none."""
    first = alice.get(PATH, "limit=2").result
    second = alice.get(PATH, f"limit=2&cursor={first['nextPageCursor']}").result
    assert "%3A1%2C" in first["nextPageCursor"]
    assert [row["borrowCost"] for row in second["list"]] == ["0.00005"]
    assert second["nextPageCursor"] == ""


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (f"startTime={T0}&endTime={T0 - 1}", "startTime"),
        (f"startTime={T0}&endTime={T0 + 30 * DAY + 1}", "endTime"),
        ("limit=0", "limit"),
        ("cursor=abc", "cursor"),
    ],
)
def test_what_does_not_fit(alice: Actor, query: str, field: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_an_account_sees_its_own(exchange: Exchange, alice: Actor) -> None:
    """Another's is empty; a classic account has none: 10028."""
    assert exchange.account().get(PATH).result == {"nextPageCursor": "", "list": []}
    assert exchange.account(kind=1).get(PATH).retCode == 10028
    assert len(alice.get(PATH).result["list"]) == 3


def test_the_limit_is_fifty_a_second(exchange: Exchange) -> None:
    """As stated (5.1)."""
    assert exchange.account().get(PATH).headers["x-bapi-limit"] == "50"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's request."""
    reply = alice.get(PATH, "currency=BTC&limit=1")
    oracle().assert_matches(reply.json, "account/borrow-history")
