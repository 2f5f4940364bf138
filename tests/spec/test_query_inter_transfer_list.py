"""GET /v5/asset/transfer/query-inter-transfer-list: what was moved within an account."""

import base64
import json
from urllib.parse import quote

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/asset/transfer/query-inter-transfer-list"
DAY = 86_400_000
S0 = T0 - T0 % 1000  # the second in which the clock starts; 123 ms of it are over


def uuid(number: int) -> str:
    """A readable one."""
    return f"AAAAAAAA-0000-4000-8000-{number:012d}"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account with four transfers of two coins, a second apart."""
    alice = exchange.account(BTC="1", USDT="100")
    for number, (coin, amount, giving, taking) in enumerate(
        [
            ("USDT", "10", "UNIFIED", "FUND"),
            ("BTC", "0.5", "UNIFIED", "FUND"),
            ("USDT", "2.5", "FUND", "UNIFIED"),
            ("USDT", "1", "UNIFIED", "FUND"),
        ],
        1,
    ):
        exchange.clock.advance(1000)
        reply = alice.post(
            "/v5/asset/transfer/inter-transfer",
            transferId=uuid(number),
            coin=coin,
            amount=amount,
            fromAccountType=giving,
            toAccountType=taking,
        )
        assert reply.retCode == 0
    return alice


def numbers(actor: Actor, query: str) -> list[int]:
    """The transfers that are listed, by the numbers in their ids."""
    rows = actor.get(PATH, query).result["list"]
    return [int(row["transferId"][-12:]) for row in rows]


def test_the_newest_first(alice: Actor) -> None:
    """With its id as it was given; the time in whole seconds, as in the page's example."""
    reply = alice.get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result["list"][1] == {
        "transferId": uuid(3),
        "coin": "USDT",
        "amount": "2.5",
        "fromAccountType": "FUND",
        "toAccountType": "UNIFIED",
        "timestamp": str(S0 + 3000),
        "status": "SUCCESS",
    }
    assert numbers(alice, "") == [4, 3, 2, 1]
    assert reply.result["nextPageCursor"] == ""


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("coin=USDT", [4, 3, 1]),
        ("coin=BTC", [2]),
        ("coin=ETH", []),
        ("status=SUCCESS", [4, 3, 2, 1]),
        ("status=FAILED", []),
        ("status=PENDING&coin=USDT", []),
        ("limit=2", [4, 3]),
        ("limit=99", [4, 3, 2, 1]),
        (f"transferId={uuid(2)}", [2]),
        (f"transferId={uuid(2).lower()}", [2]),
        (f"transferId={uuid(2)}&coin=BTC&status=SUCCESS", [2]),
        (f"transferId={uuid(2)}&coin=USDT", []),
        (f"transferId={uuid(2)}&status=FAILED", []),
        (f"transferId={uuid(5)}", []),
        ("transferId=selfTransfer_1", []),
    ],
)
def test_filters(alice: Actor, query: str, expected: list[int]) -> None:
    """Each narrows it, and they narrow it together."""
    assert numbers(alice, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"startTime={S0 + 2000}&endTime={S0 + 3000}", [3, 2]),
        (f"startTime={S0 + 2999}&endTime={S0 + 3999}", [3, 2]),
        (f"startTime={S0 + 3000}", [4, 3]),
        (f"endTime={S0 + 1000}", [1]),
        (f"endTime={S0 + 999}", []),
        (f"startTime={S0 - 7 * DAY + 1000}", [1]),
        (f"startTime={S0 - 7 * DAY + 999}", []),
        (f"endTime={S0 + 7 * DAY + 4000}", [4]),
        (f"transferId={uuid(2)}&endTime={S0 + 1000}", []),
        (f"transferId={uuid(2)}&endTime={S0 + 2000}", [2]),
    ],
)
def test_times(alice: Actor, query: str, expected: list[int]) -> None:
    """Inclusive, in whole seconds, as the page says; one bound means seven days from there."""
    assert numbers(alice, query) == expected


def test_without_a_time_it_is_the_last_week(exchange: Exchange, alice: Actor) -> None:
    """Older ones are there when they are asked for, by time or by id."""
    exchange.clock.advance(7 * DAY - 3000)
    assert numbers(alice, "") == [4, 3, 2, 1]
    exchange.clock.advance(1000)
    assert numbers(alice, "") == [4, 3, 2]
    exchange.clock.advance(60 * DAY)
    assert numbers(alice, "") == []
    assert numbers(alice, f"startTime={S0}") == [4, 3, 2, 1]
    assert numbers(alice, f"transferId={uuid(1)}") == [1]


@pytest.mark.parametrize("encode", [str, quote])
def test_pages(alice: Actor, encode: type[str]) -> None:
    """The cursor is base64 of the smallest and the largest id of the page, as in the example."""
    first = alice.get(PATH, "limit=3").result
    cursor = first["nextPageCursor"]
    held = json.loads(base64.b64decode(cursor))
    assert list(held) == ["minID", "maxID"]
    assert held["minID"] < held["maxID"]
    assert base64.b64encode(json.dumps(held, separators=(",", ":")).encode()).decode() == cursor
    assert [row["transferId"] for row in first["list"]] == [uuid(4), uuid(3), uuid(2)]

    second = alice.get(PATH, f"limit=3&cursor={encode(cursor)}").result

    assert [row["transferId"] for row in second["list"]] == [uuid(1)]
    assert second["nextPageCursor"] == ""


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (f"startTime={T0}&endTime={T0 - 1}", "startTime"),
        (f"startTime={T0}&endTime={T0 + 7 * DAY + 1}", "endTime"),
        ("startTime=monday", "startTime"),
        ("status=DONE", "status"),
        ("limit=0", "limit"),
        ("cursor=abc", "cursor"),
        ("cursor=%FF", "query"),
        ("cursor=" + base64.b64encode(b'{"minID":0,"maxID":1}').decode(), "cursor"),
        ("cursor=" + base64.b64encode(b'{"minID":"1","maxID":1}').decode(), "cursor"),
        ("cursor=" + base64.b64encode(b'{"minID":9223372036854775808,"maxID":1}').decode(),
         "cursor"),
    ],
)  # fmt: skip
def test_what_does_not_fit(alice: Actor, query: str, name: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {name} invalid")


def test_an_account_sees_its_own(exchange: Exchange, alice: Actor) -> None:
    """Neither a stranger nor her own sub-account sees them."""
    others = exchange.account(), exchange.account(parent=alice.uid)
    assert [numbers(other, "") for other in others] == [[], []]
    assert numbers(others[0], f"transferId={uuid(2)}") == []


def test_any_key(alice: Actor) -> None:
    """It reads."""
    assert alice.key(permissions=["Spot:SpotTrade"], readOnly=True).get(PATH).retCode == 0


def test_the_limit_is_sixty_a_minute(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "60"


def test_the_documented_shape(alice: Actor) -> None:
    """One of several, with a cursor."""
    reply = alice.get(PATH, "limit=1")
    oracle().assert_matches(reply.json, "asset/transfer/inter-transfer-list")
