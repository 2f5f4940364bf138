"""GET /v5/asset/transfer/query-universal-transfer-list: what was moved within a family."""

from typing import NamedTuple

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/asset/transfer/query-universal-transfer-list"
DAY = 86_400_000
S0 = T0 - T0 % 1000


def uuid(number: int) -> str:
    """A readable one."""
    return f"bbbbbbbb-0000-4000-8000-{number:012d}"


class Family(NamedTuple):
    """A master and two subs."""

    master: Actor
    first: Actor
    second: Actor


@pytest.fixture
def family(exchange: Exchange) -> Family:
    """Three transfers, a second apart: down, between the subs, up."""
    master = exchange.account(USDC="1000", ETH="1")
    first, second = exchange.account(parent=master.uid), exchange.account(parent=master.uid)
    for number, (actor, giver, taker, coin, amount) in enumerate(
        [
            (master, master, first, "USDC", "500"),
            (master, first, second, "USDC", "200"),
            (second, second, master, "USDC", "50"),
            (master, master, second, "ETH", "0.25"),
        ],
        1,
    ):
        exchange.clock.advance(1000)
        reply = actor.post(
            "/v5/asset/transfer/universal-transfer",
            transferId=uuid(number),
            coin=coin,
            amount=amount,
            fromMemberId=giver.uid,
            toMemberId=taker.uid,
            fromAccountType="UNIFIED",
            toAccountType="UNIFIED",
        )
        assert reply.retCode == 0
    return Family(master, first, second)


def numbers(actor: Actor, query: str = "") -> list[int]:
    """The transfers that are listed, by the numbers in their ids."""
    rows = actor.get(PATH, query).result["list"]
    return [int(row["transferId"][-12:]) for row in rows]


def test_who_sees_what(family: Family) -> None:
    """The master all of the family, once each; a sub those that it was part of."""
    assert [numbers(actor) for actor in family] == [[4, 3, 2, 1], [2, 1], [4, 3, 2]]


def test_one_of_them(family: Family) -> None:
    """Who gave, who took; the time in whole seconds, as in the page's example."""
    reply = family.second.get(PATH, f"transferId={uuid(2)}")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {
        "list": [
            {
                "transferId": uuid(2),
                "coin": "USDC",
                "amount": "200",
                "timestamp": str(S0 + 2000),
                "status": "SUCCESS",
                "fromAccountType": "UNIFIED",
                "toAccountType": "UNIFIED",
                "fromMemberId": str(family.first.uid),
                "toMemberId": str(family.second.uid),
            }
        ],
        "nextPageCursor": "",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("coin=USDC", [3, 2, 1]),
        ("coin=ETH&status=SUCCESS", [4]),
        ("status=FAILED", []),
        ("limit=2", [4, 3]),
        (f"startTime={S0 + 2000}&endTime={S0 + 3000}", [3, 2]),
        (f"endTime={S0 + 1000}", [1]),
        (f"transferId={uuid(3).upper()}", [3]),
        (f"transferId={uuid(9)}", []),
    ],
)
def test_filters(family: Family, query: str, expected: list[int]) -> None:
    """As those of the other list."""
    assert numbers(family.master, query) == expected


def test_pages(family: Family) -> None:
    """Follow the cursor until there is none."""
    first = family.master.get(PATH, "limit=3").result
    second = family.master.get(PATH, f"limit=3&cursor={first['nextPageCursor']}").result
    assert [row["transferId"] for row in second["list"]] == [uuid(1)]
    assert second["nextPageCursor"] == ""


def test_the_lists_are_apart(family: Family) -> None:
    """A transfer within one account is in the other list, and these are not."""
    master = family.master
    master.post(
        "/v5/asset/transfer/inter-transfer",
        transferId=uuid(5),
        coin="USDC",
        amount="1",
        fromAccountType="UNIFIED",
        toAccountType="FUND",
    )
    assert numbers(master) == [4, 3, 2, 1]
    inter = master.get("/v5/asset/transfer/query-inter-transfer-list").result["list"]
    assert [row["transferId"] for row in inter] == [uuid(5)]


def test_a_stranger_sees_nothing(exchange: Exchange, family: Family) -> None:
    """Not even by its id."""
    stranger = exchange.account()
    assert numbers(stranger) == numbers(stranger, f"transferId={uuid(1)}") == []


@pytest.mark.parametrize(
    ("who", "permission", "code"),
    [
        ("master", "Wallet:SubMemberTransfer", 0),
        ("master", "Wallet:AccountTransfer", 10005),
        ("first", "Wallet:SubMemberTransferList", 0),
        ("first", "Wallet:AccountTransfer", 10005),
    ],
)
def test_who_may(family: Family, who: str, permission: str, code: int) -> None:
    """A master's key with SubMemberTransfer, a sub's with SubMemberTransferList."""
    key = getattr(family, who).key(permissions=[permission], readOnly=True)
    assert key.get(PATH).retCode == code


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (f"startTime={T0}&endTime={T0 + 7 * DAY + 1}", "endTime"),
        ("limit=0", "limit"),
        ("cursor=abc", "cursor"),
        ("status=UNKNOWN", "status"),
    ],
)
def test_what_does_not_fit(family: Family, query: str, name: str) -> None:
    """10001 names the parameter."""
    reply = family.master.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {name} invalid")


def test_the_limit_is_five_a_second(family: Family) -> None:
    """As stated (5.1)."""
    assert family.master.get(PATH).headers["x-bapi-limit"] == "5"


def test_the_documented_shape(family: Family) -> None:
    """One of several, with a cursor."""
    reply = family.master.get(PATH, "limit=1")
    oracle().assert_matches(reply.json, "asset/transfer/unitransfer-list")
