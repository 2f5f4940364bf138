"""GET /v5/asset/transfer/query-account-coin-balance: one coin of one wallet, and what may leave."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/asset/transfer/query-account-coin-balance"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master: 100 USDT and a bonus of 20 to trade with, 7 USDT beside."""
    alice = exchange.account(USDT="100")
    fund = f"/-/accounts/{alice.uid}/fund"
    exchange.control("POST", fund, {"coin": "USDT", "amount": "20", "bonus": True})
    exchange.control("POST", fund, {"coin": "USDT", "amount": "7", "wallet": "FUND"})
    return alice


@pytest.fixture
def sub(exchange: Exchange, alice: Actor) -> Actor:
    """Her sub-account, with 3 USDT."""
    return exchange.account(parent=alice.uid, USDT="3")


def test_the_unified_wallet(alice: Actor) -> None:
    """The bonus is part of the balance and does not leave; what was not asked for is empty."""
    reply = alice.get(PATH, "accountType=UNIFIED&coin=USDT")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {
        "accountType": "UNIFIED",
        "bizType": 1,
        "accountId": str(alice.uid),
        "memberId": str(alice.uid),
        "balance": {
            "coin": "USDT",
            "walletBalance": "120",
            "transferBalance": "100",
            "bonus": "0",
            "transferSafeAmount": "",
            "ltvTransferSafeAmount": "",
        },
    }


@pytest.mark.parametrize(
    ("query", "field", "seen"),
    [
        ("accountType=UNIFIED&withBonus=1", "bonus", "20"),
        ("accountType=UNIFIED&withTransferSafeAmount=1", "transferSafeAmount", "100"),
        ("accountType=UNIFIED&withLtvTransferSafeAmount=1", "ltvTransferSafeAmount", "100"),
        ("accountType=UNIFIED&toAccountType=FUND", "transferBalance", "100"),
        ("accountType=FUND", "walletBalance", "7"),
        ("accountType=FUND&toAccountType=UNIFIED", "transferBalance", "7"),
        ("accountType=FUND&withBonus=1", "bonus", "0"),
        ("accountType=FUND&withTransferSafeAmount=1", "transferSafeAmount", "7"),
    ],
)
def test_what_can_be_asked_for(alice: Actor, query: str, field: str, seen: str) -> None:
    """Neither delayed deposits nor institutional loans hold anything back."""
    assert alice.get(PATH, f"coin=USDT&{query}").result["balance"][field] == seen


def test_a_coin_that_is_not_held(alice: Actor) -> None:
    """Zero."""
    balance = alice.get(PATH, "accountType=FUND&coin=BTC").result["balance"]
    assert (balance["walletBalance"], balance["transferBalance"]) == ("0", "0")


def test_of_a_sub_account(alice: Actor, sub: Actor) -> None:
    """By its master, and by itself."""
    query = f"accountType=UNIFIED&coin=USDT&memberId={sub.uid}"
    results = [actor.get(PATH, query).result for actor in (alice, sub)]
    assert results[0] == results[1]
    assert results[0]["memberId"] == str(sub.uid)
    assert results[0]["balance"]["transferBalance"] == "3"


def test_towards_another_account(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """What may leave is the same, whoever takes it; but the taker must have the wallet."""
    older = exchange.account(kind=3, parent=alice.uid)
    there = f"accountType=UNIFIED&coin=USDT&toMemberId={older.uid}"
    found = alice.get(PATH, f"{there}&toAccountType=CONTRACT").result
    assert found["balance"]["transferBalance"] == "100"
    assert alice.get(PATH, f"{there}&toAccountType=SPOT").retCode == 131207
    up = f"accountType=UNIFIED&coin=USDT&toMemberId={alice.uid}"
    assert sub.get(PATH, up).result["balance"]["transferBalance"] == "3"


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        ("coin=USDT", 10001, "params error: accountType invalid"),
        ("accountType=UNIFIED", 10001, "params error: coin invalid"),
        ("accountType=UNIFIED&coin=", 10001, "params error: coin invalid"),
        ("accountType=UNIFIED&coin=usdt", 10001, "params error: coin invalid"),
        ("accountType=UNIFIED&coin=USDT,BTC", 10001, "params error: coin invalid"),
        ("accountType=UNIFIED&coin=USDT&withBonus=2", 10001, "params error: withBonus invalid"),
        ("accountType=CONTRACT&coin=USDT&memberId=me", 10001, "params error: memberId invalid"),
        ("accountType=CONTRACT&coin=USDT&memberId=1", 131202, "Invalid memberId"),
        ("accountType=CONTRACT&coin=USDT&toMemberId=you", 10001,
         "params error: toMemberId invalid"),
        ("accountType=CONTRACT&coin=USDT&toMemberId=1", 131202, "Invalid memberId"),
        ("accountType=CONTRACT&coin=USDT", 131207, "Account not exist"),
        ("accountType=UNIFIED&coin=USDT&toAccountType=SPOT", 131207, "Account not exist"),
    ],
)  # fmt: skip
def test_refusals(alice: Actor, query: str, code: int, text: str) -> None:
    """10001 names the parameter; 131202: there is nobody; 131207: there is no such wallet."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (code, text)


def test_whom_one_may_not_ask_for(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """A stranger's nobody; its master's and its sibling's not a sub-account."""
    sibling, stranger = exchange.account(parent=alice.uid), exchange.account()
    refused = [(alice, stranger), (sub, alice), (sub, sibling), (stranger, sub)]
    answers = [
        actor.get(PATH, f"accountType=UNIFIED&coin=USDT&memberId={whom.uid}").json
        for actor, whom in refused
    ]
    assert [(answer["retCode"], answer["retMsg"]) for answer in answers] == [
        (131209, "Get subMember relation error")
    ] * 4


@pytest.mark.parametrize(
    ("wallet", "permission", "code"),
    [
        ("FUND", "Wallet:AccountTransfer", 0),
        ("FUND", "Wallet:Withdraw", 0),
        ("FUND", "Spot:SpotTrade", 10005),
        ("UNIFIED", "Spot:SpotTrade", 0),
    ],
)
def test_who_may(alice: Actor, wallet: str, permission: str, code: int) -> None:
    """The funding wallet needs a Wallet permission (4.4), others any key."""
    key = alice.key(permissions=[permission], readOnly=True)
    assert key.get(PATH, f"accountType={wallet}&coin=USDT").retCode == code


@pytest.mark.parametrize("wallet", ["CONTRACT", "SPOT", "FUND"])
def test_a_classic_account(exchange: Exchange, wallet: str) -> None:
    """Each of its wallets (1.1)."""
    bob = exchange.account(kind=1)
    fund = {"coin": "BTC", "amount": "0.25", "wallet": wallet}
    exchange.control("POST", f"/-/accounts/{bob.uid}/fund", fund)
    balance = bob.get(PATH, f"accountType={wallet}&coin=BTC").result["balance"]
    assert (balance["walletBalance"], balance["transferBalance"]) == ("0.25", "0.25")


def test_the_limit_is_450_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    reply = alice.get(PATH, "accountType=UNIFIED&coin=USDT")
    assert reply.headers["x-bapi-limit"] == "450"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's own question."""
    query = "accountType=UNIFIED&coin=USDT&toAccountType=FUND&withLtvTransferSafeAmount=1"
    oracle().assert_matches(alice.get(PATH, query).json, "asset/balance/account-coin-balance")
