"""POST /v5/spot-margin-trade/set-leverage: with which leverage an account borrows (6.5, 6.9)."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/spot-margin-trade/set-leverage"
COINS = "/v5/spot-margin-trade/coinstate"
SWITCH = "/v5/spot-margin-trade/switch-mode"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """10,000 USD, and spot margin on; BTC is 50,000."""
    exchange.control("PUT", "/-/prices/USDT", {"price": "1"})
    exchange.control("PUT", "/-/prices/BTC", {"price": "50000"})
    alice = exchange.account(USDT="10000")
    alice.post(SWITCH, spotMarginMode="1")
    return alice


def leverages(actor: Actor) -> dict[str, int]:
    """Of BTC and ETH."""
    rows = {row["currency"]: row["spotLeverage"] for row in actor.get(COINS).result["list"]}
    return {"BTC": rows["BTC"], "ETH": rows["ETH"]}


def most(actor: Actor) -> str:
    result = actor.get("/v5/spot-margin-trade/max-borrowable", "currency=BTC").result
    return str(result["maxLoan"])


def test_all_coins(alice: Actor) -> None:
    """OK and an empty result; with 4, 7,500 USD of margin are for 0.6 BTC."""
    assert most(alice) == "0.8"
    reply = alice.post(PATH, leverage="4")
    assert (reply.retCode, reply.retMsg, reply.result) == (0, "OK", {})
    assert leverages(alice) == {"BTC": 4, "ETH": 4}
    assert alice.get("/v5/spot-margin-trade/state").result["spotLeverage"] == "4"
    assert most(alice) == "0.6"


def test_one_coin(alice: Actor) -> None:
    """Its own stays until all are set."""
    alice.post(PATH, leverage="4")
    assert alice.post(PATH, leverage="3", currency="BTC").retCode == 0
    assert leverages(alice) == {"BTC": 3, "ETH": 4}
    alice.post(PATH, leverage="2")
    assert leverages(alice) == {"BTC": 2, "ETH": 2}


def test_at_most_that_of_the_coin(alice: Actor) -> None:
    """The first tier of BTC has 5: no more for it alone, and of more for all it gets 5."""
    assert alice.post(PATH, leverage="6", currency="BTC").retCode == 176034
    assert alice.exchange.why["expected"] == "2 to 5"
    assert alice.post(PATH, leverage="10").retCode == 0
    assert leverages(alice)["BTC"] == 5


@pytest.mark.parametrize("leverage", ["1", "11", "0", "-2", "2.5", "NaN"])
def test_out_of_range(alice: Actor, leverage: str) -> None:
    """176034; whole numbers from 2 to 10."""
    reply = alice.post(PATH, leverage=leverage)
    assert (reply.retCode, reply.retMsg) == (176034, "The leverage ratio is out of range")


def test_the_same_again(alice: Actor) -> None:
    """Accepted, and nothing is journaled."""
    alice.post(PATH, leverage="4", currency="BTC")
    entries = alice.exchange.entries
    assert alice.post(PATH, leverage="4", currency="BTC").retCode == 0
    assert alice.exchange.entries == entries


def test_more_margin_than_there_is(alice: Actor) -> None:
    """0.5 BTC need 12,500 USD with leverage 2, of 10,000: 182104; with 3 there is enough."""
    alice.post("/v5/account/borrow", coin="BTC", amount="0.5")
    assert alice.post(PATH, leverage="2").retCode == 182104
    assert alice.exchange.why["seen"] == "1.2500"
    assert leverages(alice) == {"BTC": 5, "ETH": 5}
    assert alice.post(PATH, leverage="3").retCode == 0


def test_the_order_of_refusals(exchange: Exchange) -> None:
    """Each line cures the fault above it."""
    classic = exchange.account(kind=1)
    assert classic.post(PATH, leverage="20", currency="NOPE").retCode == 10001
    assert classic.post(PATH, leverage="20").retCode == 176037

    alice = exchange.account(vip="VIP-1", USDT="10000")
    alice.post("/v5/account/upgrade-to-uta")
    assert alice.post(PATH, leverage="20").retCode == 182105
    exchange.clock.advance(5000)
    reply = alice.post(PATH, leverage="20")
    assert (reply.retCode, reply.retMsg) == (
        176038,
        "The spot leverage is closed and the current operation is not allowed",
    )
    alice.post(SWITCH, spotMarginMode="1")
    assert alice.post(PATH, leverage="20").retCode == 176034
    alice.post("/v5/account/borrow", coin="BTC", amount="0.4")
    assert alice.post(PATH, leverage="2").retCode == 182104
    exchange.clock.advance(1000)
    assert alice.post(PATH, leverage="4").retCode == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{}", "leverage"),
        ('{"leverage":"many"}', "leverage"),
        ('{"leverage":"4","currency":"NOPE"}', "currency"),
        ('{"leverage":"4","currency":"btc"}', "currency"),
        ('{"leverage":"4","currency":"PEPE"}', "currency"),
    ],
)
def test_a_body_that_does_not_fit(alice: Actor, body: str, field: str) -> None:
    """10001 names the parameter; a coin must be one that is lent."""
    reply = alice.post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


@pytest.mark.parametrize(
    ("permission", "code"), [("Spot:SpotTrade", 0), ("Options:OptionsTrade", 10005)]
)
def test_the_permission(alice: Actor, permission: str, code: int) -> None:
    """As for borrowing (4.4)."""
    assert alice.key(permissions=[permission]).post(PATH, leverage="4").retCode == code


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.post(PATH, leverage="4").headers["x-bapi-limit"] == "5"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's request."""
    reply = alice.post(PATH, leverage="4")
    oracle().assert_matches(reply.json, "spot-margin-uta/set-leverage")
