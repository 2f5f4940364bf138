"""POST /v5/user/update-sub-api: a sub-account changes its own key, its master any of them."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/user/update-sub-api"
QUERY = "/v5/user/query-api"
INFO = "/v5/account/info"
WALLET = {"Wallet": ["AccountTransfer"]}
DAY = 86_400_000


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master."""
    return exchange.account()


@pytest.fixture
def sub(exchange: Exchange, alice: Actor) -> Actor:
    """Her sub-account."""
    return exchange.account(parent=alice.uid)


def held(actor: Actor) -> dict[str, list[str]]:
    """What the actor's key may do."""
    groups = actor.get(QUERY).result["permissions"]
    return {name: values for name, values in groups.items() if values}


def test_a_sub_account_changes_its_key(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """The one that calls, at once, and no other."""
    other = sub.key()
    before = held(other)

    reply = sub.post(PATH, readOnly=0, permissions={**WALLET, "Spot": ["SpotTrade"]})

    assert (reply.retCode, reply.retMsg) == (0, "")
    assert (reply.result["apiKey"], reply.result["secret"]) == (sub.api_key, "")
    assert held(sub) == {"Spot": ["SpotTrade"], **WALLET}
    assert held(other) == before


def test_its_master_names_the_key(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """Read-only: it may look, and change nothing."""
    reply = alice.post(PATH, apikey=sub.api_key, readOnly=1)
    assert (reply.result["apiKey"], reply.result["readOnly"]) == (sub.api_key, 1)
    assert sub.get(INFO).retCode == 0
    assert sub.post(PATH).retCode == 10005
    assert alice.post(PATH, apikey=sub.api_key).result["readOnly"] == 0


def test_permissions_stay_when_left_out(alice: Actor, sub: Actor) -> None:
    """The flag and the addresses are what the page's defaults say."""
    before = held(sub)
    alice.post(PATH, apikey=sub.api_key)
    assert held(sub) == before


def test_addresses(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """A bound key is permanent; left out, it is unbound and lasts 90 days from then."""
    assert sub.post(PATH, ips="127.0.0.1,10.1.2.3").result["ips"] == ["127.0.0.1", "10.1.2.3"]
    assert sub.get(QUERY).result["expiredAt"] == "1970-01-01T00:00:00Z"
    exchange.clock.advance(200 * DAY)
    assert sub.post(PATH, ips=["127.0.0.1"]).result["ips"] == ["127.0.0.1"]
    assert sub.post(PATH).result["ips"] == ["*"]
    assert sub.get(QUERY).result["deadlineDay"] == 90
    exchange.clock.advance(5 * DAY)
    sub.post(PATH, ips="*")
    assert sub.get(QUERY).result["deadlineDay"] == 85


def test_an_address_that_is_not_ones_own(sub: Actor) -> None:
    """It holds at once: the key locks itself out."""
    assert sub.post(PATH, ips="10.1.2.3").retCode == 0
    assert sub.get(QUERY).retCode == 10010


def test_who_names_the_key(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """10001: a master that names none, a sub-account that names one, even its own (4.5)."""
    answers = [
        alice.post(PATH, readOnly=1),
        alice.post(PATH, readOnly=1, apikey=""),
        sub.post(PATH, readOnly=1, apikey=sub.api_key),
    ]
    assert {(reply.retCode, reply.retMsg) for reply in answers} == {
        (10001, "params error: apikey invalid")
    }
    assert exchange.why["hint"] == "Leave apikey out."
    assert sub.get(QUERY).result["readOnly"] == 0


def test_only_keys_of_ones_own_subs(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """10001, and one cannot tell whether there is such a key."""
    bob = exchange.account()
    keys = ["unknown", alice.api_key, bob.api_key, sub.api_key]
    assert [bob.post(PATH, apikey=key, readOnly=1).retCode for key in keys] == [10001] * 4
    assert sub.get(QUERY).result["readOnly"] == 0


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"readOnly": 2}, "readOnly"), ({"ips": "x"}, "ips"), ({"permissions": {}}, "permissions"),
        ({"permissions": {"Wallet": ["Withdraw"]}}, "permissions"),
        ({"permissions": {"Spot": ["x"]}}, "permissions"),
    ],
)  # fmt: skip
def test_parameters_that_do_not_fit(sub: Actor, changed: dict[str, Any], field: str) -> None:
    """10001 names the parameter; a sub gets no more than a sub may have (4.2)."""
    reply = sub.post(PATH, **changed)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_who_may_call(alice: Actor, sub: Actor) -> None:
    """A Wallet permission, to write, of the sub as of its master."""
    callers = [
        alice.key(permissions=["Spot:SpotTrade"]), sub.key(permissions=["Spot:SpotTrade"]),
        alice.key(readOnly=True), sub.key(readOnly=True),
    ]  # fmt: skip
    assert [caller.post(PATH, readOnly=1).retCode for caller in callers] == [10005] * 4


def test_the_limit_is_five_a_second(sub: Actor) -> None:
    """The sixth is refused."""
    assert [sub.post(PATH).retCode for _ in range(6)] == [0] * 5 + [10006]


def test_the_documented_shape(sub: Actor) -> None:
    """With two groups that its table has and its example lacks."""
    oracle().assert_matches(
        sub.post(PATH, permissions=WALLET).json,
        "user/modify-sub-apikey",
        ignore=["result.permissions.Earn", "result.permissions.Affiliate"],
    )
