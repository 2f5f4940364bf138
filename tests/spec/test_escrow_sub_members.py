"""GET /v5/user/escrow_sub_members: the fund custodial sub-accounts of an institution."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/user/escrow_sub_members"
WALLET = {"Wallet": ["AccountTransfer"]}
FUND = 12


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master with an ordinary sub-account between two fund custodial ones, one classic."""
    alice = exchange.account()
    open_sub(alice, FUND)
    open_sub(alice, 1)
    open_sub(alice, FUND, kind=1)
    return alice


def open_sub(master: Actor, member_type: int, **wanted: int) -> int:
    body = {"parentUid": master.uid, "memberType": member_type, **wanted}
    uid: int = master.exchange.control("POST", "/-/accounts", body)["uid"]
    return uid


def rows(actor: Actor, query: str = "") -> list[tuple[int, int, int]]:
    """UID behind the master's, status and mode of each."""
    return [
        (int(row["uid"]) - actor.uid, row["status"], row["accountMode"])
        for row in actor.get(PATH, query).result["subMembers"]
    ]


def test_the_list(alice: Actor) -> None:
    """Only they, newest first; the mode is 1 for classic and 3 for unified."""
    reply = alice.get(PATH)
    assert (reply.retCode, reply.retMsg, reply.result["nextCursor"]) == (0, "", "0")
    assert [row["memberType"] for row in reply.result["subMembers"]] == [12, 12]
    assert rows(alice) == [(3, 1, 1), (1, 1, 3)]


def test_they_are_not_among_the_others(alice: Actor) -> None:
    """The ordinary lists leave them out."""
    listed = alice.get("/v5/user/query-sub-members").result["subMembers"]
    paged = alice.get("/v5/user/submembers").result["subMembers"]
    assert listed == paged
    assert [int(row["uid"]) - alice.uid for row in listed] == [2]


def test_page_after_page(alice: Actor) -> None:
    """The cursor leads on; the last page says 0."""
    first = alice.get(PATH, "pageSize=1").result
    query = f"pageSize=1&nextCursor={first['nextCursor']}"
    assert rows(alice, "pageSize=1") == [(3, 1, 1)]
    assert rows(alice, query) == [(1, 1, 3)]
    assert alice.get(PATH, query).result["nextCursor"] == "0"


def test_a_frozen_one(alice: Actor) -> None:
    """Status 4; they are frozen, thawed and deleted like others."""
    uid = alice.uid + 1
    alice.post("/v5/user/frozen-sub-member", subuid=uid, frozen=1)
    assert rows(alice) == [(3, 1, 1), (1, 4, 3)]
    alice.post("/v5/user/frozen-sub-member", subuid=uid, frozen=0)
    assert alice.post("/v5/user/del-submember", subMemberId=str(uid)).retCode == 0
    assert rows(alice) == [(3, 1, 1)]


def test_their_keys_have_no_wallet_permission(exchange: Exchange, alice: Actor) -> None:
    """create-sub-api refuses it, and a key with all permissions lacks it."""
    uid, path = alice.uid + 1, "/v5/user/create-sub-api"
    reply = alice.post(path, subuid=uid, readOnly=0, permissions=WALLET)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: permissions invalid")
    assert "fund custodial" in exchange.why["expected"]
    exchange.clock.advance(1000)
    spot = {"Spot": ["SpotTrade"]}
    assert alice.post(path, subuid=uid, readOnly=0, permissions=spot).retCode == 0
    made = exchange.control("POST", "/-/keys", {"uid": uid})
    assert "Wallet" not in made["permissions"]
    assert made["permissions"]["Spot"] == ["SpotTrade"]


def test_the_api_makes_none(alice: Actor) -> None:
    """create-sub-member takes 1 and 6."""
    reply = alice.post("/v5/user/create-sub-member", username="fund01", memberType=FUND)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: memberType invalid")


def test_a_master_is_none(exchange: Exchange) -> None:
    """Only a sub-account has a member type."""
    reply = exchange.control_reply("POST", "/-/accounts", {"memberType": FUND})
    assert reply.status == 400
    assert "parent" in reply.json["why"]["hint"]


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


def test_who_may_call(exchange: Exchange, alice: Actor) -> None:
    """A master with a Wallet permission."""
    assert exchange.account(parent=alice.uid).get(PATH).retCode == 10005
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH).retCode == 10005
    assert alice.key(permissions=["Wallet:Withdraw"]).get(PATH).retCode == 0


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """The sixth is refused."""
    assert [alice.get(PATH).retCode for _ in range(6)] == [0] * 5 + [10006]


def test_the_documented_shape(alice: Actor) -> None:
    """With the cursor."""
    oracle().assert_matches(alice.get(PATH, "pageSize=1").json, "user/fund-subuid-list")
