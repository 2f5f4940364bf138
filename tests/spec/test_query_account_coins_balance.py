"""GET /v5/asset/transfer/query-account-coins-balance: several coins of one wallet."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/asset/transfer/query-account-coins-balance"
TEN = "BTC,ETH,SOL,XRP,DOGE,ADA,LTC,TRX,BNB,LINK"
LIMITED = "request parameter err: Limit the query to 1 to 10 coins for account UNIFIED"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master: BTC and a bonus to trade with; USDT, USDC and what once was ETH beside."""
    alice = exchange.account(BTC="0.5")
    fund = f"/-/accounts/{alice.uid}/fund"
    exchange.control("POST", fund, {"coin": "BTC", "amount": "0.25", "bonus": True})
    for coin, amount in [("USDT", "7"), ("ETH", "1"), ("USDC", "9"), ("ETH", "-1")]:
        exchange.control("POST", fund, {"coin": coin, "amount": amount, "wallet": "FUND"})
    return alice


def test_coins_by_name(alice: Actor) -> None:
    """In the order of the question, zeros too; the bonus is empty when it is not asked for."""
    reply = alice.get(PATH, "accountType=UNIFIED&coin=USDT,BTC")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {
        "memberId": str(alice.uid),
        "accountType": "UNIFIED",
        "balance": [
            {"coin": "USDT", "transferBalance": "0", "walletBalance": "0", "bonus": ""},
            {"coin": "BTC", "transferBalance": "0.5", "walletBalance": "0.75", "bonus": ""},
        ],
    }


def test_the_funding_wallet_without_names(alice: Actor) -> None:
    """What it holds, and what it holds no more is left out."""
    balance = alice.get(PATH, "accountType=FUND&withBonus=1").result["balance"]
    assert balance == [
        {"coin": "USDT", "transferBalance": "7", "walletBalance": "7", "bonus": "0"},
        {"coin": "USDC", "transferBalance": "9", "walletBalance": "9", "bonus": "0"},
    ]


@pytest.mark.parametrize("coin", ["", "&coin="])
def test_an_empty_wallet(exchange: Exchange, coin: str) -> None:
    """An empty list."""
    assert exchange.account().get(PATH, f"accountType=FUND{coin}").result["balance"] == []


def test_the_bonus(alice: Actor) -> None:
    """When it is asked for."""
    balance = alice.get(PATH, "accountType=UNIFIED&coin=BTC&withBonus=1").result["balance"]
    assert balance[0]["bonus"] == "0.25"


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        ("coin=BTC", 10001, "params error: accountType invalid"),
        ("accountType=FUND&coin=btc", 10001, "params error: coin invalid"),
        ("accountType=FUND&coin=BTC,", 10001, "params error: coin invalid"),
        ("accountType=FUND&coin=BTC&withBonus=yes", 10001, "params error: withBonus invalid"),
        ("accountType=UNIFIED&memberId=1", 131203, LIMITED),
        ("accountType=UNIFIED&coin=", 131203, LIMITED),
        (f"accountType=UNIFIED&coin={TEN},AVAX", 131203, LIMITED),
        ("accountType=CONTRACT&memberId=me", 10001, "params error: memberId invalid"),
        ("accountType=CONTRACT&memberId=1", 131202, "Invalid memberId"),
        ("accountType=CONTRACT", 131207, "Account not exist"),
        (f"accountType=UNIFIED&coin={TEN}", 0, "success"),
        (f"accountType=FUND&coin={TEN},AVAX", 0, "success"),
    ],
)
def test_refusals(alice: Actor, query: str, code: int, text: str) -> None:
    """UNIFIED asks for 1 to 10 names, in the words of the live service; others for none."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (code, text)


def test_of_a_sub_account(exchange: Exchange, alice: Actor) -> None:
    """By its master and itself, not by a stranger; nor does it see its master's."""
    sub = exchange.account(parent=alice.uid, BTC="3")
    own = f"accountType=UNIFIED&coin=BTC&memberId={sub.uid}"
    answers = [actor.get(PATH, own).result for actor in (alice, sub)]
    assert answers[0] == answers[1]
    assert answers[0]["balance"][0]["walletBalance"] == "3"
    assert exchange.account().get(PATH, own).retCode == 131209
    masters = f"accountType=UNIFIED&coin=BTC&memberId={alice.uid}"
    assert sub.get(PATH, masters).retCode == 131209


@pytest.mark.parametrize(
    ("wallet", "permission", "code"),
    [
        ("FUND", "Wallet:AccountTransfer", 0),
        ("FUND", "Spot:SpotTrade", 10005),
        ("UNIFIED", "Spot:SpotTrade", 0),
    ],
)
def test_who_may(alice: Actor, wallet: str, permission: str, code: int) -> None:
    """The funding wallet needs a Wallet permission (4.4), others any key."""
    key = alice.key(permissions=[permission], readOnly=True)
    reply = key.get(PATH, f"accountType={wallet}&coin=USDT")
    assert reply.retCode == code


def test_the_words_for_a_key_that_may_not(alice: Actor) -> None:
    """10005 as everywhere."""
    reply = alice.key(permissions=["Spot:SpotTrade"]).get(PATH, "accountType=FUND")
    text = "Permission denied, please check your API key permissions."
    assert (reply.retCode, reply.retMsg) == (10005, text)


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.get(PATH, "accountType=FUND").headers["x-bapi-limit"] == "5"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's own question."""
    reply = alice.get(PATH, "accountType=FUND&coin=USDC")
    oracle().assert_matches(reply.json, "asset/balance/all-balance")
