"""GET /v5/user/submembers: the same, page by page."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/user/submembers"
DELETE = "/v5/user/del-submember"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master with three sub-accounts, and one of another master between them."""
    alice, bob = exchange.account(), exchange.account()
    for parent in (alice, bob, alice, alice):
        exchange.account(parent=parent.uid)
    return alice


def uids(actor: Actor, query: str = "") -> list[int]:
    return [int(row["uid"]) - actor.uid for row in actor.get(PATH, query).result["subMembers"]]


def test_without_parameters(alice: Actor) -> None:
    """All of a few, newest first, and no next page: 0."""
    reply = alice.get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "")
    assert uids(alice) == [5, 4, 2]
    assert reply.result["nextCursor"] == "0"


def test_page_after_page(alice: Actor) -> None:
    """The cursor leads on; the last page says 0."""
    first = alice.get(PATH, "pageSize=2").result
    query = f"pageSize=2&nextCursor={first['nextCursor']}"
    assert uids(alice, "pageSize=2") == [5, 4]
    assert uids(alice, query) == [2]
    assert alice.get(PATH, query).result["nextCursor"] == "0"


def test_a_full_last_page(alice: Actor) -> None:
    """No cursor leads to an empty page."""
    assert alice.get(PATH, "pageSize=3&nextCursor=0").result["nextCursor"] == "0"


def test_a_deletion_between_two_pages(alice: Actor) -> None:
    """The next page goes on where the last one ended, though its last row is gone."""
    cursor = alice.get(PATH, "pageSize=2").result["nextCursor"]
    alice.post(DELETE, subMemberId=str(alice.uid + 4))
    assert uids(alice, f"nextCursor={cursor}") == [2]
    assert uids(alice) == [5, 2]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("pageSize=0", "pageSize"), ("pageSize=101", "pageSize"), ("pageSize=x", "pageSize"),
        ("nextCursor=-1", "nextCursor"), ("nextCursor=x", "nextCursor"),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit(alice: Actor, query: str, field: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_the_largest_page(alice: Actor) -> None:
    """100, and a cursor beyond the end is the first page."""
    assert uids(alice, "pageSize=100&nextCursor=9999999999") == [5, 4, 2]


def test_who_may_call(exchange: Exchange, alice: Actor) -> None:
    """A master with a Wallet permission."""
    assert exchange.account(parent=alice.uid).get(PATH).retCode == 10005
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH).retCode == 10005


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """The sixth is refused."""
    assert [alice.get(PATH).retCode for _ in range(6)] == [0] * 5 + [10006]


def test_the_documented_shape(alice: Actor) -> None:
    """With the cursor."""
    oracle().assert_matches(alice.get(PATH, "pageSize=1").json, "user/page-subuid")
