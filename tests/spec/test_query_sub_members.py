"""GET /v5/user/query-sub-members: the sub-accounts of a master."""

from tests.actors import Exchange, oracle

PATH = "/v5/user/query-sub-members"
CREATE = "/v5/user/create-sub-member"


def test_newest_first(exchange: Exchange) -> None:
    """As in the page's example; another master's are not there."""
    alice, bob = exchange.account(), exchange.account()
    first = exchange.account(parent=alice.uid)
    exchange.account(parent=bob.uid)
    second = exchange.account(parent=alice.uid)

    reply = alice.get(PATH)

    assert (reply.retCode, reply.retMsg) == (0, "")
    assert [sub["uid"] for sub in reply.result["subMembers"]] == [str(second.uid), str(first.uid)]


def test_status_and_mode(exchange: Exchange) -> None:
    """4: frozen; accountMode is the number of unifiedMarginStatus (1.2)."""
    alice = exchange.account()
    sub = exchange.account(parent=alice.uid, kind=4)
    sub.set(frozen=True)
    row = alice.get(PATH).result["subMembers"][0]
    assert (row["status"], row["accountMode"]) == (4, 4)
    sub.set(frozen=False, kind=6)
    row = alice.get(PATH).result["subMembers"][0]
    assert (row["status"], row["accountMode"]) == (1, 6)


def test_a_master_without_any(exchange: Exchange) -> None:
    """An empty list."""
    assert exchange.account().get(PATH).result == {"subMembers": []}


def test_who_may_call(exchange: Exchange) -> None:
    """A master with a Wallet permission; reading is enough."""
    alice = exchange.account()
    assert exchange.account(parent=alice.uid).get(PATH).retCode == 10005
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH).retCode == 10005
    assert alice.key(readOnly=True).get(PATH).retCode == 0


def test_the_limit_is_ten_a_second(exchange: Exchange) -> None:
    """The eleventh is refused."""
    alice = exchange.account()
    assert [alice.get(PATH).retCode for _ in range(11)] == [0] * 10 + [10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """Six members a row."""
    alice = exchange.account()
    alice.post(CREATE, username="xxxx01", memberType=1)
    oracle().assert_matches(alice.get(PATH).json, "user/subuid-list")
