"""GET /v5/asset/transfer/query-transfer-coin-list: what can go from one wallet to another."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/asset/transfer/query-transfer-coin-list"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account that holds nothing."""
    return exchange.account()


def test_every_coin_of_the_venue(exchange: Exchange, alice: Actor) -> None:
    """Held or not, collateral or not; a new price makes a new one."""
    reply = alice.get(PATH, "fromAccountType=UNIFIED&toAccountType=FUND")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    coins = reply.result["list"]
    assert len(coins) == len(dict.fromkeys(coins))
    assert set(coins) == set(exchange.control("GET", "/-/prices"))

    exchange.control("PUT", "/-/prices/NEWCOIN", {"price": "2"})

    listed = alice.get(PATH, "fromAccountType=FUND&toAccountType=UNIFIED").result["list"]
    assert listed == [*coins, "NEWCOIN"]


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        ("", 10001, "params error: fromAccountType invalid"),
        ("fromAccountType=UNIFIED", 10001, "params error: toAccountType invalid"),
        ("fromAccountType=UNIFIED&toAccountType=unified", 10001,
         "params error: toAccountType invalid"),
        ("fromAccountType=FUND&toAccountType=FUND", 131211,
         "fromAccountType can't be the same as toAccountType"),
    ],
)  # fmt: skip
def test_refusals(alice: Actor, query: str, code: int, text: str) -> None:
    """Parameters, then the same wallet twice."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (code, text)


@pytest.mark.parametrize(
    "wallets", [("SPOT", "CONTRACT"), ("UNIFIED", "SPOT"), ("CONTRACT", "FUND")]
)
def test_a_wallet_that_is_not_there(alice: Actor, wallets: tuple[str, str]) -> None:
    """Nothing can go from or to it: an empty list; bybit-api's own tests ask a unified account."""
    reply = alice.get(PATH, "fromAccountType={}&toAccountType={}".format(*wallets))
    assert (reply.retCode, reply.result) == (0, {"list": []})


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_an_older_kind(exchange: Exchange, kind: int) -> None:
    """It has a derivatives wallet (1.1)."""
    alice = exchange.account(kind=kind)
    assert alice.get(PATH, "fromAccountType=CONTRACT&toAccountType=FUND").result["list"]


def test_the_limit_is_sixty_a_minute(alice: Actor) -> None:
    """As stated (5.1)."""
    reply = alice.get(PATH, "fromAccountType=UNIFIED&toAccountType=FUND")
    assert reply.headers["x-bapi-limit"] == "60"


def test_the_documented_shape(alice: Actor) -> None:
    """A list of names."""
    reply = alice.get(PATH, "fromAccountType=UNIFIED&toAccountType=FUND")
    oracle().assert_matches(reply.json, "asset/transfer/transferable-coin")
