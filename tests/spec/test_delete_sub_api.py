"""POST /v5/user/delete-sub-api: a sub-account deletes its own key, its master any of them."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/user/delete-sub-api"
INFO = "/v5/account/info"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master."""
    return exchange.account()


@pytest.fixture
def sub(exchange: Exchange, alice: Actor) -> Actor:
    """Her sub-account."""
    return exchange.account(parent=alice.uid)


def test_a_sub_account_deletes_its_key(sub: Actor) -> None:
    """The one that calls: 10003 from then on (4.3); its other keys go on."""
    other = sub.key()
    reply = sub.post(PATH)
    assert (reply.retCode, reply.retMsg, reply.result) == (0, "", {})
    assert [key.get(INFO).retCode for key in (sub, other)] == [10003, 0]


def test_its_master_names_the_key(alice: Actor, sub: Actor) -> None:
    """Of a frozen sub, too; a second time there is no such key."""
    sub.set(frozen=True)
    assert alice.post(PATH, apikey=sub.api_key).retCode == 0
    assert sub.get(INFO).retCode == 10003
    assert alice.post(PATH, apikey=sub.api_key).retCode == 10001


def test_who_names_the_key(alice: Actor, sub: Actor) -> None:
    """10001: a master that names none, a sub-account that names one, even its own (4.5)."""
    answers = [alice.post(PATH), sub.post(PATH, apikey=sub.api_key)]
    assert {(reply.retCode, reply.retMsg) for reply in answers} == {
        (10001, "params error: apikey invalid")
    }
    assert [key.get(INFO).retCode for key in (alice, sub)] == [0, 0]


def test_only_keys_of_ones_own_subs(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """10001; a master's own key goes with delete-api."""
    bob = exchange.account()
    keys = ["unknown", alice.api_key, bob.api_key, sub.api_key]
    assert [bob.post(PATH, apikey=key).retCode for key in keys] == [10001] * 4
    assert [key.get(INFO).retCode for key in (alice, bob, sub)] == [0] * 3


def test_who_may_call(alice: Actor, sub: Actor) -> None:
    """A Wallet permission, to write, of the sub as of its master."""
    callers = [sub.key(permissions=["Spot:SpotTrade"]), sub.key(readOnly=True)]
    assert [caller.post(PATH).retCode for caller in callers] == [10005] * 2
    spot = alice.key(permissions=["Spot:SpotTrade"])
    assert spot.post(PATH, apikey=sub.api_key).retCode == 10005


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """The sixth is refused, though the others were in vain."""
    assert [alice.post(PATH).retCode for _ in range(6)] == [10001] * 5 + [10006]


def test_the_documented_shape(sub: Actor) -> None:
    """An empty result."""
    oracle().assert_matches(sub.post(PATH).json, "user/rm-sub-apikey")
