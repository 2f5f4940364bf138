"""GET /v5/user/get-member-type: which wallets accounts have."""

import pytest
from tests.actors import Exchange, oracle

PATH = "/v5/user/get-member-type"


@pytest.mark.parametrize(
    ("kind", "wallets"),
    [
        (1, ["CONTRACT", "SPOT", "FUND"]), (3, ["UNIFIED", "CONTRACT", "FUND"]),
        (4, ["UNIFIED", "CONTRACT", "FUND"]), (5, ["UNIFIED", "FUND"]), (6, ["UNIFIED", "FUND"]),
    ],
)  # fmt: skip
def test_ones_own(exchange: Exchange, kind: int, wallets: list[str]) -> None:
    """The kind decides (1.2)."""
    alice = exchange.account(kind=kind)
    reply = alice.get(PATH)
    assert (reply.retCode, reply.retMsg) == (0, "")
    assert reply.result == {"accounts": [{"uid": str(alice.uid), "accountType": wallets}]}


def test_a_masters_subs(exchange: Exchange) -> None:
    """The master is always first; then the subs as named, each once."""
    alice = exchange.account()
    one, two = (exchange.account(parent=alice.uid, kind=kind) for kind in (1, 5))
    accounts = alice.get(PATH, f"memberIds={two.uid},{one.uid},{two.uid}").result["accounts"]
    assert [int(row["uid"]) for row in accounts] == [alice.uid, two.uid, one.uid]
    assert accounts[2]["accountType"] == ["CONTRACT", "SPOT", "FUND"]


def test_a_sub_sees_itself(exchange: Exchange) -> None:
    """Whatever it names is ignored."""
    alice = exchange.account()
    sub = exchange.account(parent=alice.uid)
    accounts = sub.get(PATH, f"memberIds={alice.uid},x").result["accounts"]
    assert [int(row["uid"]) for row in accounts] == [sub.uid]


def test_subs_of_others(exchange: Exchange) -> None:
    """141009."""
    alice, bob = exchange.account(), exchange.account()
    sub = exchange.account(parent=bob.uid)
    answers = [alice.get(PATH, f"memberIds={uid}").retCode for uid in (404, bob.uid, sub.uid)]
    assert answers == [141009] * 3


@pytest.mark.parametrize("uids", ["x", "-1", "1,x", ",".join(map(str, range(1, 202)))])
def test_uids_that_do_not_fit(exchange: Exchange, uids: str) -> None:
    """10001: what is no number, or more than 200."""
    reply = exchange.account().get(PATH, f"memberIds={uids}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: memberIds invalid")


def test_any_key_may_call(exchange: Exchange) -> None:
    """Reading is enough."""
    key = exchange.account().key(permissions=["Spot:SpotTrade"], readOnly=True)
    assert key.get(PATH).retCode == 0


def test_the_limit_is_ten_a_second(exchange: Exchange) -> None:
    """The eleventh is refused."""
    alice = exchange.account()
    assert [alice.get(PATH).retCode for _ in range(11)] == [0] * 10 + [10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """A list of accounts."""
    oracle().assert_matches(exchange.account().get(PATH).json, "user/wallet-type")
