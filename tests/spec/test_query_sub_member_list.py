"""GET /v5/asset/transfer/query-sub-member-list: with whom a master can share money."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/asset/transfer/query-sub-member-list"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master."""
    return exchange.account()


def test_without_any(alice: Actor) -> None:
    """Two empty lists."""
    reply = alice.get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {"subMemberIds": [], "transferableSubMemberIds": []}


def test_the_oldest_first(exchange: Exchange, alice: Actor) -> None:
    """Deleted ones are left out, frozen ones are not transferable; nobody else's are there."""
    subs = [exchange.account(parent=alice.uid) for _ in range(4)]
    exchange.account(parent=exchange.account().uid)
    alice.post("/v5/user/del-submember", subMemberId=str(subs[1].uid))
    alice.post("/v5/user/frozen-sub-member", subuid=subs[2].uid, frozen=1)
    assert alice.get(PATH).result == {
        "subMemberIds": [str(subs[index].uid) for index in (0, 2, 3)],
        "transferableSubMemberIds": [str(subs[index].uid) for index in (0, 3)],
    }
    alice.post("/v5/user/frozen-sub-member", subuid=subs[2].uid, frozen=0)
    assert alice.get(PATH).result["transferableSubMemberIds"][1] == str(subs[2].uid)


def test_a_sub_accounts_key(exchange: Exchange, alice: Actor) -> None:
    """10005: a master's key only."""
    assert exchange.account(parent=alice.uid).get(PATH).retCode == 10005


def test_any_key_of_a_master(alice: Actor) -> None:
    """No permission is documented."""
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH).retCode == 0


def test_the_limit_is_sixty_a_minute(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "60"


def test_the_documented_shape(exchange: Exchange, alice: Actor) -> None:
    """Two lists of UIDs."""
    exchange.account(parent=alice.uid)
    oracle().assert_matches(alice.get(PATH).json, "asset/sub-uid-list")
