"""Numbers of a few characters that have more digits than there is memory."""

import pytest
from tests.actors import Actor, Exchange

HUGE = ["1e60", "1e-600000000", "1e-9000000000", "1e-1000000", "1e999999999"]


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account that owes something, with market maker protection."""
    alice = exchange.account(USDT="10000")
    assert alice.post("/v5/account/borrow", coin="BTC", amount="0.01").retCode == 0
    alice.set(mmpCoins=["BTC"])
    exchange.clock.advance(1000)
    return alice


@pytest.mark.parametrize("amount", HUGE)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v5/account/borrow", {"coin": "BTC"}),
        ("/v5/account/repay", {"coin": "BTC"}),
        ("/v5/account/no-convert-repay", {"coin": "BTC"}),
    ],
)
def test_an_amount_is_refused_at_once(
    exchange: Exchange, alice: Actor, path: str, body: dict[str, str], amount: str
) -> None:
    """By its exponent, before it is written out anywhere; nothing is journaled."""
    before = exchange.entries
    reply = alice.post(path, **body, amount=amount)
    assert reply.retCode in (10001, 176026, 176031)
    assert len(reply.body) < 1000
    assert exchange.entries == before


@pytest.mark.parametrize("limit", HUGE)
def test_a_limit_is_refused_at_once(alice: Actor, limit: str) -> None:
    """3500712, as other limits that cannot be."""
    reply = alice.post(
        "/v5/account/mmp-modify",
        baseCoin="BTC", window="5000", frozenPeriod="100", qtyLimit=limit, deltaLimit="1",
    )  # fmt: skip
    assert reply.retCode == 3500712


@pytest.mark.parametrize("number", HUGE)
@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("PUT", "/-/prices/BTC", "price"),
        ("PUT", "/-/marks/linear/BTCUSDT", "price"),
        ("POST", "/-/accounts/{uid}/fund", "amount"),
    ],
)
def test_a_door_refuses_it_at_once(
    exchange: Exchange, alice: Actor, method: str, path: str, field: str, number: str
) -> None:
    """400, and a sentence."""
    body = {field: number} | ({"coin": "USDT"} if field == "amount" else {})
    reply = exchange.control_reply(method, path.format(uid=alice.uid), body)
    assert reply.status == 400
    assert len(reply.body) < 2000
