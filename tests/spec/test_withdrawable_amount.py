"""GET /v5/asset/withdraw/withdrawable-amount: what may be withdrawn, wallet by wallet."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/asset/withdraw/withdrawable-amount"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """100 USDT and a bonus of 20 to trade with, 7 USDT beside."""
    alice = exchange.account(USDT="100")
    fund = f"/-/accounts/{alice.uid}/fund"
    exchange.control("POST", fund, {"coin": "USDT", "amount": "20", "bonus": True})
    exchange.control("POST", fund, {"coin": "USDT", "amount": "7", "wallet": "FUND"})
    return alice


def test_a_unified_account(alice: Actor) -> None:
    """All but the bonus; risk control holds nothing back."""
    reply = alice.get(PATH, "coin=USDT")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {
        "limitAmountUsd": "0",
        "withdrawableAmount": {
            "FUND": {"coin": "USDT", "withdrawableAmount": "7", "availableBalance": "7"},
            "UTA": {"coin": "USDT", "withdrawableAmount": "100", "availableBalance": "100"},
        },
    }


def test_a_classic_account(exchange: Exchange) -> None:
    """It has a spot wallet, which a unified one has not."""
    bob = exchange.account(kind=1)
    spot = {"coin": "BTC", "amount": "0.25", "wallet": "SPOT"}
    exchange.control("POST", f"/-/accounts/{bob.uid}/fund", spot)
    assert bob.get(PATH, "coin=BTC").result["withdrawableAmount"] == {
        "SPOT": {"coin": "BTC", "withdrawableAmount": "0.25", "availableBalance": "0.25"},
        "FUND": {"coin": "BTC", "withdrawableAmount": "0", "availableBalance": "0"},
    }


@pytest.mark.parametrize("query", ["", "coin=", "coin=usdt", "coin=NOPE", "coin=BTC,USDT"])
def test_coins_that_do_not_fit(alice: Actor, query: str) -> None:
    """10001: one that the venue knows, in capitals."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: coin invalid")


@pytest.mark.parametrize(
    ("permission", "code"),
    [("Wallet:AccountTransfer", 0), ("Wallet:Withdraw", 0), ("Spot:SpotTrade", 10005)],
)
def test_who_may(alice: Actor, permission: str, code: int) -> None:
    """It shows the funding wallet, so it needs a Wallet permission (4.4)."""
    key = alice.key(permissions=[permission], readOnly=True)
    assert key.get(PATH, "coin=USDT").retCode == code


def test_the_limit_is_300_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.get(PATH, "coin=USDT").headers["x-bapi-limit"] == "300"


def test_the_documented_shape(alice: Actor) -> None:
    """FUND and UTA."""
    oracle().assert_matches(alice.get(PATH, "coin=USDT").json, "asset/balance/delay-amount")
