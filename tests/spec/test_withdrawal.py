"""GET /v5/account/withdrawal: what can be transferred out of the unified wallet."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/withdrawal"
MODE = "/v5/account/set-margin-mode"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account with three coins, more BTC than its tiers count."""
    return exchange.account(BTC="60.5", USDT="1000.000000019", TSLA="2")


@pytest.mark.parametrize("mode", ["REGULAR_MARGIN", "ISOLATED_MARGIN", "PORTFOLIO_MARGIN"])
def test_all_of_it(alice: Actor, mode: str) -> None:
    """Without orders, positions and loans nothing is held back, in any mode (6.8)."""
    alice.post(MODE, setMarginMode=mode)

    reply = alice.get(PATH, "coinName=USDT,BTC,TSLA,ETH")

    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert reply.result == {
        "availableWithdrawal": "1000.00000001",
        "availableWithdrawalMap": {
            "USDT": "1000.00000001",
            "BTC": "60.5",
            "TSLA": "2",
            "ETH": "0",
        },
    }


def test_the_collateral_switch_does_not_hold_it(alice: Actor) -> None:
    """The available balance does not bound a coin that is no collateral (6.8)."""
    alice.post("/v5/account/set-collateral-switch", coin="BTC", collateralSwitch="OFF")
    assert alice.get(PATH, "coinName=BTC").result["availableWithdrawal"] == "60.5"


@pytest.mark.parametrize(
    "query",
    ["", "coinName=", "coinName=NOPE", "coinName=btc", "coinName=BTC,",
     "coinName=" + ",".join(f"C{number}" for number in range(21))],
)  # fmt: skip
def test_coins_that_do_not_fit(alice: Actor, query: str) -> None:
    """10001: known ones in capitals, at most twenty."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: coinName invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    assert exchange.account(kind=1).get(PATH, "coinName=BTC").retCode == 10028


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.get(PATH, "coinName=BTC").headers["x-bapi-limit"] == "50"


def test_the_documented_shape(exchange: Exchange) -> None:
    """The four coins of the page's example."""
    alice = exchange.account(BTC="4.5454905", SOL="33.16713007")
    reply = alice.get(PATH, "coinName=BTC,SOL,XRP,ETH")
    oracle().assert_matches(reply.json, "account/unified-trans-amnt")
