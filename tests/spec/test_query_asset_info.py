"""GET /v5/asset/transfer/query-asset-info: the spot wallet of a classic account."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/asset/transfer/query-asset-info"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A classic account with two coins to spend on spot, and one elsewhere."""
    alice = exchange.account(kind=1, USDT="5")
    for coin, amount in {"ETH": "11.53485", "BTC": "0.5"}.items():
        body = {"coin": coin, "amount": amount, "wallet": "SPOT"}
        exchange.control("POST", f"/-/accounts/{alice.uid}/fund", body)
    return alice


def test_its_coins(alice: Actor) -> None:
    """Those of the spot wallet only."""
    spot = alice.get(PATH, "accountType=SPOT").result["spot"]
    assert spot["status"] == "ACCOUNT_STATUS_NORMAL"
    assert [(row["coin"], row["free"]) for row in spot["assets"]] == [
        ("ETH", "11.53485"),
        ("BTC", "0.5"),
    ]


def test_one_coin(alice: Actor) -> None:
    """As the page's example asks for it."""
    reply = alice.get(PATH, "accountType=SPOT&coin=ETH")
    row = {"coin": "ETH", "frozen": "0", "free": "11.53485", "withdraw": ""}
    assert reply.result["spot"]["assets"] == [row]


def test_a_unified_account_has_none(exchange: Exchange) -> None:
    """A client's own tests expect a success there, too."""
    reply = exchange.account(USDT="1").get(PATH, "accountType=SPOT")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {"spot": {"status": "ACCOUNT_STATUS_NORMAL", "assets": []}}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "accountType"),
        ("accountType=UNIFIED", "accountType"),
        ("accountType=SPOT&coin=NOPE", "coin"),
    ],
)
def test_what_does_not_fit(alice: Actor, query: str, name: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {name} invalid")


def test_the_shape_of_the_page_that_was_taken_down(alice: Actor) -> None:
    """The members of the example it had."""
    shown = {
        "retCode": 0, "retMsg": "success", "retExtInfo": {}, "time": 1672136539127,
        "result": {"spot": {"status": "ACCOUNT_STATUS_NORMAL", "assets": [
            {"coin": "ETH", "frozen": "0", "free": "11.53485", "withdraw": ""}]}},
    }  # fmt: skip
    assert oracle().compare(alice.get(PATH, "accountType=SPOT&coin=ETH").json, shown) == []
