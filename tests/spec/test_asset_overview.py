"""GET /v5/asset/asset-overview: all that an account has, wallet by wallet."""

from typing import Any

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/asset/asset-overview"


def put(exchange: Exchange, actor: Actor, wallet: str, coin: str, amount: str) -> None:
    """Money from outside into one wallet."""
    body = {"coin": coin, "amount": amount, "wallet": wallet}
    exchange.control("POST", f"/-/accounts/{actor.uid}/fund", body)


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """0.999 BTC at 100000 and 3 USDT at 0.99 to trade with, and 1.5 ETH at 2000.555 beside."""
    for coin, price in {"BTC": "100000", "USDT": "0.99", "ETH": "2000.555"}.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    alice = exchange.account(USDT="3", BTC="0.999")
    put(exchange, alice, "FUND", "ETH", "1.5")
    return alice


def overview(actor: Actor, query: str = "") -> dict[str, Any]:
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "Success")
    return reply.result


def test_two_wallets(alice: Actor) -> None:
    """Totals are cut at 2 decimals: 3000.8325 + 99902.97 is 102903.8025."""
    found = overview(alice)
    assert found["totalEquity"] == "102903.8"
    assert [list(wallet.items()) for wallet in found["list"]] == [
        list({
            "totalEquity": "3000.83", "valuationCurrency": "USD", "accountType": "FundingAccount",
            "coinDetail": [{"equity": "1.5", "coin": "ETH"}], "snapshotTime": str(T0),
        }.items()),
        list({
            "totalEquity": "99902.97", "valuationCurrency": "USD",
            "accountType": "UnifiedTradingAccount",
            "coinDetail": [{"equity": "0.999", "coin": "BTC"}, {"equity": "3", "coin": "USDT"}],
            "snapshotTime": str(T0),
        }.items()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("account", "total"),
    [
        ("FundingAccount", "3000.83"), ("UnifiedTradingAccount", "99902.97"), ("Earn", "0"),
        ("Alpha", "0"),
    ],
)  # fmt: skip
def test_one_account(alice: Actor, account: str, total: str) -> None:
    """Those that are not there yet hold nothing."""
    found = overview(alice, f"accountType={account}")
    assert found["totalEquity"] == total
    assert [wallet["accountType"] for wallet in found["list"]] == [account] * (total != "0")


def test_another_currency(exchange: Exchange, alice: Actor) -> None:
    """In euros, once the venue knows what one costs: 3000.8325 / 1.25."""
    exchange.control("PUT", "/-/prices/EUR", {"price": "1.25"})
    found = overview(alice, "valuationCurrency=EUR&accountType=FundingAccount")
    assert (found["totalEquity"], found["list"][0]["valuationCurrency"]) == ("2400.66", "EUR")


def test_a_wallet_that_holds_nothing_is_left_out(exchange: Exchange) -> None:
    """All of them, of a new account."""
    assert overview(exchange.account()) == {"totalEquity": "0", "list": []}


@pytest.mark.parametrize(
    ("kind", "wallets"),
    [
        (1, ["FundingAccount", "CONTRACT", "SPOT"]),
        (3, ["FundingAccount", "CONTRACT"]),
    ],
)
def test_older_kinds(exchange: Exchange, kind: int, wallets: list[str]) -> None:
    """Wallets that the page has no word for have the word of their accountType."""
    alice = exchange.account(kind=kind)
    put(exchange, alice, "FUND", "USDC", "1")
    for wallet in wallets[1:]:
        put(exchange, alice, wallet, "USDC", "1")
    assert [wallet["accountType"] for wallet in overview(alice)["list"]] == wallets


def test_a_sub_account(exchange: Exchange, alice: Actor) -> None:
    """Its master names it; the sub sees its own, with its UID or without."""
    sub = exchange.account(parent=alice.uid, USDC="7")
    own = overview(sub)
    assert [wallet["accountType"] for wallet in own["list"]] == ["UnifiedTradingAccount"]
    assert overview(alice, f"memberId={sub.uid}") == own
    assert overview(sub, f"memberId={sub.uid}") == own
    assert overview(alice, f"memberId={alice.uid}") == overview(alice)


def test_whom_one_may_not_see(exchange: Exchange, alice: Actor) -> None:
    """131202 for nobody, 131209 for somebody else: a stranger, and a sub's master."""
    sub, bob = exchange.account(parent=alice.uid), exchange.account()
    assert alice.get(PATH, "memberId=999").retCode == 131202
    assert alice.get(PATH, f"memberId={bob.uid}").retCode == 131209
    assert sub.get(PATH, f"memberId={alice.uid}").retCode == 131209
    assert str(sub.uid) in exchange.why["expected"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("memberId=me", "memberId"), ("valuationCurrency=XXX", "valuationCurrency"),
        ("accountType=UNIFIED", "accountType"),
        ("valuationCurrency=XXX&memberId=me", "valuationCurrency"),
    ],
)  # fmt: skip
def test_what_does_not_fit(alice: Actor, query: str, name: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {name} invalid")


def test_a_key_needs_a_wallet_permission(alice: Actor) -> None:
    """10005: it shows the funding wallet (4.4)."""
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH).retCode == 10005
    assert alice.key(permissions=["Wallet:AccountTransfer"]).get(PATH).retCode == 0


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "50"


def test_the_documented_shape(alice: Actor) -> None:
    """The example's first account has coins, as wallets have."""
    oracle().assert_matches(alice.get(PATH).json, "asset/balance/asset-overview")
