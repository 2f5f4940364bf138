"""POST /v5/spot-margin-trade/set-auto-repay-mode: repaid at minutes 0 and 30 (7.4)."""

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/spot-margin-trade/set-auto-repay-mode"
MODES = "/v5/spot-margin-trade/get-auto-repay-mode"
HALF_HOUR = 1_800_000
NEXT_HALF = T0 - T0 % HALF_HOUR + HALF_HOUR


def on(actor: Actor) -> list[str]:
    """The coins that are repaid so."""
    rows = actor.get(MODES).result["data"]
    return [row["currency"] for row in rows if row["autoRepayMode"] == "1"]


def test_one_coin(exchange: Exchange) -> None:
    """The answer is the request."""
    alice = exchange.account()
    reply = alice.post(PATH, currency="ETH", autoRepayMode="1")
    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {"data": [{"currency": "ETH", "autoRepayMode": "1"}]}
    assert on(alice) == ["ETH"]
    alice.post(PATH, currency="ETH", autoRepayMode="0")
    assert on(alice) == []


def test_every_coin(exchange: Exchange) -> None:
    """All that are lent; then all but one."""
    alice = exchange.account()
    rows = alice.post(PATH, autoRepayMode="1").result["data"]
    assert on(alice) == [row["currency"] for row in rows]
    assert {"BTC", "ETH", "USDT", "USDC"} <= set(on(alice))
    alice.post(PATH, currency="BTC", autoRepayMode="0")
    assert "BTC" not in on(alice)
    assert alice.post(PATH, autoRepayMode="0").retCode == 0
    assert on(alice) == []


def test_the_same_again(exchange: Exchange) -> None:
    """Accepted, and nothing is journaled."""
    alice = exchange.account()
    alice.post(PATH, autoRepayMode="1")
    entries = exchange.entries
    assert alice.post(PATH, autoRepayMode="1").retCode == 0
    assert exchange.entries == entries


def test_what_is_there_is_repaid(exchange: Exchange) -> None:
    """0.3 of 0.5 BTC at minute 30, without a sale; the rest at the full hour, when it is there."""
    alice = exchange.account(USDT="100000")
    alice.post(PATH, currency="BTC", autoRepayMode="1")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.5")
    alice.fund(BTC="-0.2")
    exchange.clock.now = NEXT_HALF - 1
    assert owed(alice) == "0.50000000"
    exchange.clock.now = NEXT_HALF
    assert owed(alice) == "0.20000000"
    alice.fund(BTC="1")
    exchange.clock.now = NEXT_HALF + HALF_HOUR
    assert owed(alice) == "0.00000000"
    lines = alice.get("/v5/account/transaction-log", "type=REPAY").result["list"]
    assert [(line["change"], int(line["transactionTime"])) for line in lines] == [
        ("-0.2", NEXT_HALF + HALF_HOUR),
        ("-0.3", NEXT_HALF),
    ]


def owed(actor: Actor) -> str:
    result = actor.get("/v5/spot-margin-trade/liability", "currency=BTC").result
    return str(result["totalBorrowAmount"])


def test_the_order_of_refusals(exchange: Exchange) -> None:
    """Each line cures the fault above it."""
    classic = exchange.account(kind=1)
    assert classic.post(PATH, currency="NOPE", autoRepayMode="1").retCode == 10001
    assert classic.post(PATH, currency="BTC", autoRepayMode="1").retCode == 176037
    alice = exchange.account(vip="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    assert alice.post(PATH, currency="BTC", autoRepayMode="1").retCode == 182105
    exchange.clock.advance(5000)
    assert alice.post(PATH, currency="BTC", autoRepayMode="1").retCode == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{}", "autoRepayMode"),
        ('{"autoRepayMode":"yes"}', "autoRepayMode"),
        ('{"autoRepayMode":"1","currency":"PEPE"}', "currency"),
        ('{"autoRepayMode":"1","currency":"btc"}', "currency"),
    ],
)
def test_a_body_that_does_not_fit(exchange: Exchange, body: str, field: str) -> None:
    """10001 names the parameter; a coin must be one that is lent."""
    reply = exchange.account().post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


@pytest.mark.parametrize(
    ("permission", "code"), [("Spot:SpotTrade", 0), ("Options:OptionsTrade", 10005)]
)
def test_the_permission(exchange: Exchange, permission: str, code: int) -> None:
    """As for borrowing (4.4)."""
    key = exchange.account().key(permissions=[permission])
    assert key.post(PATH, autoRepayMode="1").retCode == code


def test_the_documented_shape(exchange: Exchange) -> None:
    """5 times a second (5.1)."""
    reply = exchange.account().post(PATH, currency="ETH", autoRepayMode="1")
    assert reply.headers["x-bapi-limit"] == "5"
    oracle().assert_matches(reply.json, "spot-margin-uta/set-auto-repay-mode")
