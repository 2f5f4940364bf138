"""POST /v5/user/update-api: a master changes the key that calls."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/user/update-api"
QUERY = "/v5/user/query-api"
WALLET = {"Wallet": ["AccountTransfer"]}


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master."""
    return exchange.account()


def held(actor: Actor) -> dict[str, list[str]]:
    """What the actor's key may do."""
    groups = actor.get(QUERY).result["permissions"]
    return {name: values for name, values in groups.items() if values}


def test_other_permissions(exchange: Exchange, alice: Actor) -> None:
    """They take the place of those it held, at once; its life is not extended (4.3)."""
    other, before = held(alice.key()), alice.get(QUERY).result
    exchange.clock.advance(5000)

    reply = alice.post(PATH, permissions={**WALLET, "ContractTrade": ["Order"]})

    assert (reply.retCode, reply.retMsg) == (0, "")
    assert held(alice) == {
        "ContractTrade": ["Order"], **WALLET, "Derivatives": ["DerivativesTrade"],
    }  # fmt: skip
    after = alice.get(QUERY).result
    assert reply.result["permissions"] == after["permissions"]
    assert (after["expiredAt"], after["id"]) == (before["expiredAt"], before["id"])
    assert held(alice.key()) == other


def test_read_only_is_for_good(exchange: Exchange, alice: Actor) -> None:
    """The key can read that it is so, and undo nothing: 10005."""
    reply = alice.post(PATH, readOnly=1)
    assert (reply.result["readOnly"], reply.result["secret"]) == (1, "")
    assert alice.get(QUERY).result["readOnly"] == 1
    assert alice.post(PATH, readOnly=0).retCode == 10005


def test_nothing_to_change(exchange: Exchange, alice: Actor) -> None:
    """Accepted; null is left out; nothing is journaled."""
    before, entries = alice.get(QUERY).result, exchange.entries
    assert alice.post(PATH, readOnly=None, permissions=None).retCode == 0
    assert alice.get(QUERY).result == before
    assert exchange.entries == entries


def test_the_request_of_the_page(alice: Actor) -> None:
    """Deprecated groups are taken and stay empty (4.2)."""
    groups = {
        "ContractTrade": ["Order", "Position"], "Spot": ["SpotTrade"],
        "Wallet": ["AccountTransfer", "SubMemberTransfer"], "Options": ["OptionsTrade"],
        "CopyTrading": ["CopyTrading"], "BlockTrade": [], "Exchange": ["ExchangeHistory"],
        "NFT": ["NFTQueryProductList"],
    }  # fmt: skip
    result = alice.post(PATH, readOnly=None, permissions=groups).result
    assert (result["permissions"]["CopyTrading"], result["permissions"]["NFT"]) == ([], [])
    assert result["permissions"]["Wallet"] == ["AccountTransfer", "SubMemberTransfer"]


def test_affiliate_excludes_all_others(alice: Actor) -> None:
    """10001 beside others (4.2); alone it is taken."""
    assert alice.post(PATH, permissions={"Affiliate": ["Affiliate"], **WALLET}).retCode == 10001
    assert alice.post(PATH, permissions={"Affiliate": ["Affiliate"]}).retCode == 0
    assert held(alice) == {"Affiliate": ["Affiliate"]}


@pytest.mark.parametrize(
    "permissions",
    [
        {}, {"Wallet": []}, {"Wallet": ["Transfer"]}, {"Nothing": ["Spot"]},
        {"Wallet": ["SubMemberTransferList"]}, "Spot", {"FiatGlobalPay": ["x"]},
    ],
    ids=str,
)  # fmt: skip
def test_permissions_that_a_master_cannot_have(
    exchange: Exchange, alice: Actor, permissions: Any
) -> None:
    """10001: none, unknown ones, or those of sub-accounts (4.2)."""
    entries = exchange.entries
    reply = alice.post(PATH, permissions=permissions)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: permissions invalid")
    assert exchange.entries == entries


def test_addresses_change_in_the_console_only(exchange: Exchange, alice: Actor) -> None:
    """141019 (4.3); those that it has may be named."""
    assert alice.post(PATH, ips=["*"]).retCode == 0
    assert alice.post(PATH, ips=["127.0.0.1"]).retCode == 141019
    assert exchange.why["seen"] == "127.0.0.1"
    bound = alice.key(ips=["127.0.0.1"])
    assert bound.post(PATH, ips="127.0.0.1", readOnly=0).retCode == 0
    assert bound.post(PATH, ips="*").retCode == 141019
    assert bound.get(QUERY).result["ips"] == ["127.0.0.1"]


def test_withdrawal_is_given_in_the_console_only(exchange: Exchange, alice: Actor) -> None:
    """141020 (4.3), after 141019 and after 10001; a key that holds it may keep it."""
    groups = {"Wallet": ["AccountTransfer", "Withdraw"]}
    key = alice.key(permissions=["Wallet:AccountTransfer"])
    assert alice.post(PATH, permissions=groups).retCode == 0
    assert key.post(PATH, permissions=groups).retCode == 141020
    assert key.post(PATH, permissions=groups, ips="10.1.2.3").retCode == 141019
    assert key.post(PATH, permissions={**groups, "X": []}, ips="10.1.2.3").retCode == 10001
    assert held(key) == WALLET


def test_a_flag_that_does_not_fit(alice: Actor) -> None:
    """10001 names the parameter."""
    reply = alice.post(PATH, readOnly=2)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: readOnly invalid")


def test_who_may_call(exchange: Exchange, alice: Actor) -> None:
    """A master with a Wallet permission, to write."""
    sub, spot = exchange.account(parent=alice.uid), alice.key(permissions=["Spot:SpotTrade"])
    callers = [sub, spot, alice.key(readOnly=True)]
    assert [caller.post(PATH, readOnly=1).retCode for caller in callers] == [10005] * 3


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """The sixth is refused."""
    assert [alice.post(PATH).retCode for _ in range(6)] == [0] * 5 + [10006]


def test_the_documented_shape(alice: Actor) -> None:
    """With every permission group, as query-api shows them."""
    ignored = [
        "Affiliate", "FiatP2P", "FiatBitPay", "FiatConvertBroker", "FiatGlobalPay", "BitCard",
        "ByXPost",
    ]  # fmt: skip
    oracle().assert_matches(
        alice.post(PATH, permissions=WALLET).json,
        "user/modify-master-apikey",
        ignore=[f"result.permissions.{name}" for name in ignored],
    )
