"""GET /v5/asset/total-members-assets: what a master and its sub-accounts have."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, oracle

from utabox.endpoints.asset.total_members_assets import TYPES
from utabox.terms import MemberType

PATH = "/v5/asset/total-members-assets"


def put(exchange: Exchange, actor: Actor, wallet: str, coin: str, amount: str) -> None:
    """Money from outside into one wallet."""
    body = {"coin": coin, "amount": amount, "wallet": wallet}
    exchange.control("POST", f"/-/accounts/{actor.uid}/fund", body)


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master with 100.5 USDT at 0.9998 and 1 ETH at 2000, in two wallets; BTC is at 30000."""
    for coin, price in {"BTC": "30000", "USDT": "0.9998", "ETH": "2000"}.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    alice = exchange.account(USDT="100.5")
    put(exchange, alice, "FUND", "ETH", "1")
    return alice


def assets(actor: Actor, query: str = "") -> dict[str, Any]:
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "Success")
    return reply.result


def test_a_master(alice: Actor) -> None:
    """2000 + 100.4799 USD; in BTC a fifteenth and 0.00334933, cut at 18 decimals."""
    found = assets(alice)
    assert (found["total"], found["quoteTotal"]) == ("2100.4799", "0.070015996666666666")
    (master,) = found.pop("list")
    assert list(master) == ["origb", "uid", "isM", "stat", "items", "quoteb"]
    assert (master["origb"], master["quoteb"]) == (found["total"], found["quoteTotal"])
    assert (master["uid"], master["isM"], master["stat"], found["stat"]) == (alice.uid, True, 0, 0)
    assert [list(item.items()) for item in master["items"]] == [
        list({
            "origb": "2000", "stat": 0, "type": "ACCOUNT_TYPE_FUND",
            "quoteb": "0.066666666666666666",
        }.items()),
        list({
            "origb": "100.4799", "stat": 0, "type": "ACCOUNT_TYPE_UNIFIED", "quoteb": "0.00334933",
        }.items()),
    ]  # fmt: skip


def test_its_sub_accounts(exchange: Exchange, alice: Actor) -> None:
    """After it, the oldest first, each with its type, not isM; together they are the total."""
    first = exchange.account(parent=alice.uid, ETH="2")
    second = exchange.account(parent=alice.uid)
    made = alice.post(
        "/v5/user/create-sub-member", username="custody1", password="Passw0rd", memberType=6
    )
    found = assets(alice)

    assert found["total"] == "6100.4799"
    rows = [(row["uid"], row.get("isM"), row.get("type"), row["origb"]) for row in found["list"]]
    assert rows == [
        (alice.uid, True, None, "2100.4799"),
        (first.uid, None, 1, "4000"),
        (second.uid, None, 1, "0"),
        (int(made.result["uid"]), None, 6, "0"),
    ]


def test_a_deleted_sub_account_is_gone(exchange: Exchange, alice: Actor) -> None:
    """A frozen one is not."""
    sub, gone = exchange.account(parent=alice.uid), exchange.account(parent=alice.uid)
    alice.post("/v5/user/frozen-sub-member", subuid=sub.uid, frozen=1)
    assert alice.post("/v5/user/del-submember", subMemberId=str(gone.uid)).retCode == 0
    assert [row["uid"] for row in assets(alice)["list"]] == [alice.uid, sub.uid]


@pytest.mark.parametrize(
    ("coin", "quoted"), [("ETH", "1.05023995"), ("USDT", "2100.90008001600320064")]
)
def test_another_coin(alice: Actor, coin: str, quoted: str) -> None:
    """2100.4799 / 2000, and / 0.9998."""
    assert assets(alice, f"coin={coin}")["quoteTotal"] == quoted


def test_older_kinds(exchange: Exchange, alice: Actor) -> None:
    """The wallets that they have, also those that hold nothing."""
    classic = exchange.account(kind=1, ETH="3")
    (row,) = assets(classic)["list"]
    assert [(item["type"], item["origb"]) for item in row["items"]] == [
        ("ACCOUNT_TYPE_FUND", "0"), ("ACCOUNT_TYPE_CONTRACT", "6000"), ("ACCOUNT_TYPE_SPOT", "0"),
    ]  # fmt: skip


@pytest.mark.parametrize("coin", ["NOPE", "btc", "BTC,ETH"])
def test_an_unknown_coin(alice: Actor, coin: str) -> None:
    """10001; one coin, in capitals."""
    reply = alice.get(PATH, f"coin={coin}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: coin invalid")


def test_masters_only(exchange: Exchange, alice: Actor) -> None:
    """A sub-account's key gets 10005."""
    assert exchange.account(parent=alice.uid).get(PATH).retCode == 10005


def test_a_key_needs_a_wallet_permission(alice: Actor) -> None:
    """10005: it shows funding wallets (4.4)."""
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH).retCode == 10005
    assert alice.key(permissions=["Wallet:AccountTransfer"]).get(PATH).retCode == 0


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "50"


def test_the_documented_shape(alice: Actor) -> None:
    """quoteb of a member stands in the page's table only."""
    reply = alice.get(PATH, "coin=BTC")
    oracle().assert_matches(
        reply.json, "asset/total-members-assets", ignore=["result.list[].quoteb"]
    )


def test_every_kind_of_sub_account_has_a_type() -> None:
    """The two pages count them differently: a fund's custodial one is 12 there and 7 here."""
    assert TYPES == {MemberType.NORMAL: 1, MemberType.CUSTODIAL: 6, MemberType.FUND_CUSTODIAL: 7}
    assert list(TYPES) == list(MemberType)
