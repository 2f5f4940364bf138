"""POST /v5/user/frozen-sub-member: a frozen sub-account's keys answer 10008."""

from typing import Any

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/user/frozen-sub-member"
INFO = "/v5/account/info"


def test_freeze_and_thaw(exchange: Exchange) -> None:
    """All its keys, at once; account info is as before (2.5)."""
    alice = exchange.account()
    sub = exchange.account(parent=alice.uid)
    before = sub.info
    exchange.clock.advance(5000)

    reply = alice.post(PATH, subuid=sub.uid, frozen=1)

    assert (reply.retCode, reply.retMsg, reply.result) == (0, "", {})
    banned = sub.get(INFO)
    assert (banned.retCode, banned.retMsg) == (
        10008,
        "Common banned, please check your account mode",
    )
    assert sub.key().get(INFO).retCode == 10008
    assert alice.post(PATH, subuid=sub.uid, frozen=0).retCode == 0
    assert sub.info == before


@pytest.mark.parametrize("frozen", [0, 1])
def test_the_same_again(exchange: Exchange, frozen: int) -> None:
    """Accepted; nothing is journaled."""
    alice = exchange.account()
    sub = exchange.account(parent=alice.uid)
    alice.post(PATH, subuid=sub.uid, frozen=frozen)
    entries = exchange.entries
    assert alice.post(PATH, subuid=sub.uid, frozen=frozen).retCode == 0
    assert exchange.entries == entries


def test_only_ones_own_subs(exchange: Exchange) -> None:
    """141009: no account, a master, oneself, or another master's sub, which stays as it is."""
    alice, bob = exchange.account(), exchange.account()
    sub = exchange.account(parent=bob.uid)
    uids = [0, 404, alice.uid, bob.uid, sub.uid]
    assert [alice.post(PATH, subuid=uid, frozen=1).retCode for uid in uids] == [141009] * 5
    assert exchange.why["seen"] == str(sub.uid)
    assert sub.get(INFO).retCode == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"frozen": 1}, "subuid"), ({"subuid": 5}, "frozen"),
        ({"subuid": 5, "frozen": 2}, "frozen"), ({"subuid": 5, "frozen": True}, "frozen"),
        ({"subuid": "x", "frozen": 1}, "subuid"),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit(exchange: Exchange, body: dict[str, Any], field: str) -> None:
    """10001 names the parameter."""
    reply = exchange.account().post(PATH, **body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_who_may_call(exchange: Exchange) -> None:
    """A master with a Wallet permission, to write."""
    alice = exchange.account()
    sub = exchange.account(parent=alice.uid)
    assert sub.post(PATH, subuid=sub.uid, frozen=1).retCode == 10005
    spot, reader = alice.key(permissions=["Spot:SpotTrade"]), alice.key(readOnly=True)
    assert spot.post(PATH, subuid=sub.uid, frozen=1).retCode == 10005
    assert reader.post(PATH, subuid=sub.uid, frozen=1).retCode == 10005


def test_the_limit_is_five_a_second(exchange: Exchange) -> None:
    """The sixth is refused."""
    alice = exchange.account()
    sub = exchange.account(parent=alice.uid)
    codes = [alice.post(PATH, subuid=sub.uid, frozen=1).retCode for _ in range(6)]
    assert codes == [0] * 5 + [10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """An empty result."""
    alice = exchange.account()
    sub = exchange.account(parent=alice.uid)
    reply = alice.post(PATH, subuid=sub.uid, frozen=1)
    oracle().assert_matches(reply.json, "user/froze-subuid")
