"""GET /v5/spot-margin-trade/interest-rate-history: the rates that held, hour by hour."""

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/spot-margin-trade/interest-rate-history"
HOUR, DAY = 3_600_000, 86_400_000
FIRST = T0 - T0 % HOUR + HOUR
"""The first full hour at which the venue lends: it began at minute 24 of the one before."""


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """Five hours: 0.00001 at two full hours, 0.00002 at the third, and twice changed since."""
    rate = "/-/loans/USDC"
    exchange.control("PUT", rate, {"hourlyRate": "0.00001"})
    exchange.clock.advance(2 * HOUR)
    exchange.control("PUT", rate, {"hourlyRate": "0.00002"})
    exchange.clock.advance(HOUR)
    exchange.control("PUT", rate, {"hourlyRate": "0.00003"})
    exchange.control("PUT", rate, {"hourlyRate": "0.00004"})
    exchange.clock.advance(2 * HOUR)
    return exchange.account()


def rates(actor: Actor, query: str = "") -> list[tuple[int, str]]:
    """Hours since the first, and their rates."""
    rows = actor.get(PATH, f"currency=USDC{query}").result["list"]
    return [((row["timestamp"] - FIRST) // HOUR, row["hourlyBorrowRate"]) for row in rows]


def test_the_newest_first(alice: Actor) -> None:
    """Of the last 7 days; the venue is five hours old."""
    assert rates(alice) == [
        (4, "0.00004"), (3, "0.00004"), (2, "0.00002"), (1, "0.00001"), (0, "0.00001"),
    ]  # fmt: skip


def test_a_row(alice: Actor) -> None:
    """All levels pay the same; without one it is the caller's."""
    (row,) = alice.get(PATH, f"currency=USDC&startTime={FIRST}&endTime={FIRST}").result["list"]
    assert row == {
        "timestamp": FIRST,
        "currency": "USDC",
        "hourlyBorrowRate": "0.00001",
        "vipLevel": "No VIP",
    }
    query = f"currency=USDC&vipLevel=PRO-1&startTime={FIRST}&endTime={FIRST}"
    assert alice.get(PATH, query).result["list"] == [{**row, "vipLevel": "PRO-1"}]


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        (FIRST + HOUR, FIRST + 3 * HOUR, [3, 2, 1]),
        (FIRST + 1, FIRST + 3 * HOUR - 1, [2, 1]),
        (FIRST + 1, FIRST + HOUR - 1, []),
        (FIRST - 20 * DAY, FIRST, [0]),
        (FIRST + 4 * HOUR, FIRST + 9 * DAY, [4]),
    ],
)
def test_times(alice: Actor, start: int, end: int, hours: list[int]) -> None:
    """Both are inclusive; there is nothing before the venue began, nor after now."""
    found = rates(alice, f"&startTime={start}&endTime={end}")
    assert [hour for hour, _ in found] == hours


def test_while_it_is_not_lent(exchange: Exchange, alice: Actor) -> None:
    """These hours have no rate."""
    exchange.control("DELETE", "/-/loans/USDC")
    exchange.clock.advance(2 * HOUR)
    exchange.control("PUT", "/-/loans/USDC", {"hourlyRate": "0.00005", "familyMax": "10"})
    exchange.clock.advance(HOUR)
    assert rates(alice)[:2] == [(7, "0.00005"), (4, "0.00004")]
    assert alice.get(PATH, "currency=PEPE").result == {"list": []}


@pytest.mark.usefixtures("alice")
def test_how_far_back(exchange: Exchange) -> None:
    """7 days if nothing is said, 30 at once, half a year in all."""
    exchange.clock.now = FIRST + 190 * DAY
    bob = exchange.account()
    assert len(rates(bob)) == 7 * 24 + 1
    month = rates(bob, f"&startTime={FIRST + 160 * DAY}&endTime={FIRST + 190 * DAY}")
    assert len(month) == 30 * 24 + 1
    early = rates(bob, f"&startTime={FIRST}&endTime={FIRST + 30 * DAY}")
    assert (early[-1][0], len(early)) == (10 * 24, 20 * 24 + 1)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "currency"),
        ("currency=NOPE", "currency"),
        ("currency=USDC&vipLevel=VIP-9", "vipLevel"),
        (f"currency=USDC&startTime={T0}", "endTime"),
        (f"currency=USDC&endTime={T0}", "startTime"),
        (f"currency=USDC&startTime={T0}&endTime={T0 - 1}", "startTime"),
        (f"currency=USDC&startTime={T0}&endTime={T0 + 30 * DAY + 1}", "endTime"),
    ],
)
def test_what_does_not_fit(alice: Actor, query: str, field: str) -> None:
    """10001 names the parameter; both times are given, or none."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


@pytest.mark.parametrize(
    ("permission", "code"), [("Spot:SpotTrade", 0), ("ContractTrade:Order", 10005)]
)
def test_the_permission(alice: Actor, permission: str, code: int) -> None:
    """Spot, as the page says."""
    key = alice.key(permissions=[permission])
    assert key.get(PATH, "currency=USDC").retCode == code


def test_a_classic_account(exchange: Exchange) -> None:
    """176037."""
    assert exchange.account(kind=1).get(PATH, "currency=USDC").retCode == 176037


def test_the_documented_shape(alice: Actor) -> None:
    """But retExtInfo is an object, as everywhere (Q2)."""
    reply = alice.get(PATH, "currency=USDC&vipLevel=No%20VIP")
    page = "spot-margin-uta/historical-interest"
    oracle().assert_matches(reply.json, page, ignore=["retExtInfo"])
