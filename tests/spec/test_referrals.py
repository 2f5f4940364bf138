"""GET /v5/user/invitation/referrals: who came by an invitation of the caller."""

from typing import Any

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/user/invitation/referrals"


def invite(exchange: Exchange, inviter: Actor, **wanted: Any) -> int:
    """The UID of a new account that came by an invitation; a second has passed."""
    exchange.clock.advance(1000)
    made = exchange.control("POST", "/-/accounts", {"inviterUid": inviter.uid, **wanted})
    assert made["inviterUid"] == inviter.uid
    return int(made["uid"])


def close(exchange: Exchange, uid: int) -> None:
    """The invitation counts no more, a second later."""
    exchange.clock.advance(1000)
    exchange.control("POST", f"/-/accounts/{uid}/referral-closed")


def ids(actor: Actor, query: str = "") -> list[str]:
    """The numbers of the rows shown."""
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "")
    return [row["id"] for row in reply.result["records"]]


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """She invited the first, third and fourth of four; the third counts no more."""
    alice, bob = exchange.account(), exchange.account()
    for inviter in (alice, bob, alice, alice):
        last = invite(exchange, inviter)
    close(exchange, last - 1)
    return alice


def test_rows(alice: Actor) -> None:
    """The newest first, in whole seconds; numbers count the venue's invitations."""
    first = alice.uid + 2
    second = T0 // 1000
    records = alice.get(PATH).result["records"]
    assert [list(row.items()) for row in records] == [
        [("id", number), ("inviteeUid", str(uid)), ("status", status),
         ("createdAt", str(created)), ("updatedAt", str(updated))]
        for number, uid, status, created, updated in [
            ("4", first + 3, 0, second + 4, second + 4),
            ("3", first + 2, 1, second + 3, second + 5),
            ("1", first, 0, second + 1, second + 1),
        ]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "shown", "after"),
    [
        ("", ["4", "3", "1"], ""),
        ("status=0", ["4", "1"], ""),
        ("status=1", ["3"], ""),
        ("size=2", ["4", "3"], "3"),
        ("size=2&cursor=3", ["1"], ""),
        ("size=3", ["4", "3", "1"], ""),
        ("size=1&status=0", ["4"], "4"),
        ("size=1&status=0&cursor=4", ["1"], ""),
        ("cursor=4", ["3", "1"], ""),
        ("cursor=1", [], ""),
        ("cursor=0", ["4", "3", "1"], ""),
    ],
)
def test_filter_and_pages(alice: Actor, query: str, shown: list[str], after: str) -> None:
    """The cursor is the number of the last row, if there are more that fit the filter."""
    assert ids(alice, query) == shown
    assert alice.get(PATH, query).result["nextCursor"] == after


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", 20), ("size=20", 20), ("size=21", 21), ("size=100", 21), ("size=101", 20),
     ("size=0", 20), ("size=-1", 20)],
)  # fmt: skip
def test_the_size_of_a_page(exchange: Exchange, query: str, shown: int) -> None:
    """20 unless it is from 1 to 100."""
    alice = exchange.account()
    for _ in range(21):
        invite(exchange, alice)
    assert len(ids(alice, query)) == shown


def test_nobody(exchange: Exchange) -> None:
    """An empty page, and no next one."""
    assert exchange.account().get(PATH).result == {"nextCursor": "", "records": []}


def test_who_was_invited_knows_by_whom(exchange: Exchange, alice: Actor) -> None:
    """query-api says so, also when the invitation counts no more; nobody invited Alice."""
    for uid in (alice.uid + 2, alice.uid + 4):
        made = exchange.control("POST", "/-/keys", {"uid": uid})
        result = Actor(exchange, uid, made["apiKey"], made["secret"]).get("/v5/user/query-api")
        assert result.result["inviterID"] == alice.uid
        assert result.result["inviterIDInt64"] == str(alice.uid)
    assert alice.get("/v5/user/query-api").result["inviterID"] == 0


def test_a_sub_account_may_invite(exchange: Exchange) -> None:
    """Each has a list of its own."""
    master = exchange.account()
    sub = exchange.account(parent=master.uid)
    invite(exchange, sub)
    assert (ids(sub), ids(master)) == (["1"], [])


def test_it_lives_where_its_inviter_does(exchange: Exchange) -> None:
    """Unless another environment is named, which is refused."""
    inviter = exchange.control("POST", "/-/accounts", {"environment": "testnet"})["uid"]
    made = exchange.control("POST", "/-/accounts", {"inviterUid": inviter})
    assert made["environment"] == "testnet"


def test_closing_twice_changes_nothing(exchange: Exchange, alice: Actor) -> None:
    """It was closed when it was closed first."""
    before, entries = alice.get(PATH).result, exchange.entries
    close(exchange, alice.uid + 4)
    assert (alice.get(PATH).result, exchange.entries) == (before, entries)


@pytest.mark.parametrize(
    ("path", "body", "seen"),
    [
        ("/-/accounts", {"inviterUid": 404}, "404"),
        ("/-/accounts", {"inviterUid": 100000001, "parentUid": 100000001}, "and an inviter"),
        ("/-/accounts", {"inviterUid": 100000001, "environment": "demo"}, "demo"),
        ("/-/accounts/100000001/referral-closed", None, "nobody invited"),
        ("/-/accounts/404/referral-closed", None, "404"),
    ],
)
def test_what_cannot_be(exchange: Exchange, path: str, body: object, seen: str) -> None:
    """The door says why, and nothing changes."""
    entries = exchange.entries
    reply = exchange.control_reply("POST", path, body)
    assert reply.status == 400
    assert seen in reply.json["why"]["seen"]
    assert reply.json["why"]["hint"]
    assert exchange.entries == entries


@pytest.mark.parametrize(
    ("query", "field"),
    [("status=2", "status"), ("size=x", "size"), ("cursor=x", "cursor"), ("cursor=-1", "cursor")],
)
def test_parameters_that_do_not_fit(exchange: Exchange, query: str, field: str) -> None:
    """10001 names the parameter."""
    reply = exchange.account().get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")
    assert exchange.why["hint"]


def test_any_key_may_call(exchange: Exchange) -> None:
    """Reading is enough, ten times a second."""
    key = exchange.account().key(permissions=["Spot:SpotTrade"], readOnly=True)
    assert [key.get(PATH).retCode for _ in range(11)] == [0] * 10 + [10006]


def test_the_documented_shape(alice: Actor) -> None:
    """Three rows like the page's."""
    oracle().assert_matches(alice.get(PATH).json, "user/friend-referral")
