"""GET /v5/account/pay-info: what is owed, and what a repayment would use."""

from decimal import Decimal
from typing import Any

import pytest
from tests.actors import Actor, Exchange, oracle

from utabox.engine.account.loan import Borrow

PATH = "/v5/account/pay-info"
PRICES = {
    "USDT": "0.9997",
    "ETH": "2000",
    "SOL": "91.5",
    "BTC": "100000",
    "MNT": "1",
    "TSLA": "400",
}
NO_DEBT = {"borrowSize": "0", "assetFrozen": "0", "borrowValue": "0", "availableBalance": "0"}


def lend(exchange: Exchange, actor: Actor, coin: str, amount: str) -> None:
    """A loan by hand."""
    runtime = exchange.server.venue.runtime
    wish = Borrow(actor.uid, coin, Decimal(amount))
    exchange.server.call(lambda: runtime.execute(wish))


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """It holds four coins, and owes 0.1 SOL, of which it has given away 0.04."""
    for coin, price in PRICES.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    alice = exchange.account(ETH="2", USDT="1000", MNT="5", TSLA="1")
    lend(exchange, alice, "SOL", "0.1")
    alice.fund(SOL="-0.04")
    return alice


def payers(actor: Actor, query: str = "") -> list[dict[str, Any]]:
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "Success")
    found: list[dict[str, Any]] = reply.result["collateralInfo"]["collateralList"]
    return found


def test_what_a_debt_is_paid_from(alice: Actor) -> None:
    """Collateral in the order of liquidation, and what is owed; not MNT, nor what is none (7.4).

    As in the page's example, a coin that is owed has nothing to pay with: it is not sold.
    """
    assert [list(row.items()) for row in payers(alice, "coin=SOL")] == [
        list({
            "availableValue": value, "coinScale": 8, "borrowSize": owed, "spotHedgeAmount": "0",
            "assetFrozen": "0", "availableSize": size, "coin": coin,
        }.items())
        for coin, size, value, owed in [
            ("USDT", "1000", "999.7", "0"), ("ETH", "2", "4000", "0"),
            ("SOL", "0", "0", "0.1"),
        ]
    ]  # fmt: skip


def test_one_debt(alice: Actor) -> None:
    """0.1 SOL at 91.5; the members of the example, in its order."""
    debt = alice.get(PATH, "coin=SOL").result["borrowInfo"]
    assert list(debt.items()) == list({
        "borrowSize": "0.1", "assetFrozen": "0", "borrowValue": "9.15", "coin": "SOL",
        "availableBalance": "0.06",
    }.items())  # fmt: skip


def test_every_debt_in_usd(exchange: Exchange, alice: Actor) -> None:
    """0.1 SOL and 0.001 BTC: one sum, without a coin."""
    lend(exchange, alice, "BTC", "0.001")
    assert alice.get(PATH).result["borrowInfo"] == {
        "borrowSize": "109.15", "assetFrozen": "0", "borrowValue": "109.15",
        "availableBalance": "105.49",
    }  # fmt: skip
    assert [row["coin"] for row in payers(alice)] == ["USDT", "ETH", "SOL", "BTC"]


def test_a_coin_that_is_switched_off_pays_nothing(alice: Actor) -> None:
    """It is not collateral, so it is not sold."""
    alice.post("/v5/account/set-collateral-switch", coin="ETH", collateralSwitch="OFF")
    assert [row["coin"] for row in payers(alice)] == ["USDT", "SOL"]


def test_a_bonus_pays_nothing(exchange: Exchange, alice: Actor) -> None:
    """It is in the balance, and cannot leave."""
    body = {"coin": "USDT", "amount": "50", "bonus": True}
    exchange.control("POST", f"/-/accounts/{alice.uid}/fund", body)
    assert payers(alice)[0]["availableSize"] == "1000"


def test_without_a_debt(exchange: Exchange) -> None:
    """Nothing is owed; what could be sold is listed all the same."""
    result = exchange.account(USDT="1").get(PATH).result
    assert result["borrowInfo"] == NO_DEBT
    assert [row["coin"] for row in result["collateralInfo"]["collateralList"]] == ["USDT"]


def test_a_coin_that_is_not_owed(exchange: Exchange, alice: Actor) -> None:
    """An error, says the page: that of a repayment."""
    reply = alice.get(PATH, "coin=ETH")
    assert (reply.retCode, reply.retMsg) == (
        182102,
        "Failed repayment, there are no liabilities in the current currency",
    )
    assert exchange.why["expected"] == "SOL"


@pytest.mark.parametrize("coin", ["NOPE", "sol", "SOL,BTC"])
def test_an_unknown_coin(alice: Actor, coin: str) -> None:
    """10001; one coin, in capitals."""
    reply = alice.get(PATH, f"coin={coin}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: coin invalid")


@pytest.mark.parametrize(("coin", "code"), [("NOPE", 10001), ("SOL", 10028)])
def test_a_classic_account(exchange: Exchange, coin: str, code: int) -> None:
    """10028; a wrong coin is refused first, one that is not owed last."""
    assert exchange.account(kind=1).get(PATH, f"coin={coin}").retCode == code


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "50"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's coin."""
    oracle().assert_matches(alice.get(PATH, "coin=SOL").json, "account/pay-info")
