"""POST /v5/spot-margin-trade/switch-mode: spot margin on or off."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/spot-margin-trade/switch-mode"
STATE = "/v5/spot-margin-trade/state"


def mode(actor: Actor) -> str:
    return str(actor.get(STATE).result["spotMarginMode"])


def test_on_and_off(exchange: Exchange) -> None:
    """OK, with the new mode; account info does not move."""
    alice = exchange.account()
    info = alice.info
    exchange.clock.advance(5000)
    assert mode(alice) == "0"

    reply = alice.post(PATH, spotMarginMode="1")
    assert (reply.retCode, reply.retMsg, reply.result) == (0, "OK", {"spotMarginMode": "1"})
    assert mode(alice) == "1"

    assert alice.post(PATH, spotMarginMode="0").result == {"spotMarginMode": "0"}
    assert mode(alice) == "0"
    assert alice.info == info


def test_the_same_again(exchange: Exchange) -> None:
    """Accepted, and nothing is journaled."""
    alice = exchange.account()
    entries = exchange.entries
    assert alice.post(PATH, spotMarginMode="0").retCode == 0
    assert exchange.entries == entries


def test_isolated_margin(exchange: Exchange) -> None:
    """182021: it cannot be switched on."""
    alice = exchange.account()
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    assert alice.post(PATH, spotMarginMode="1").retCode == 182021
    assert "set-margin-mode" in exchange.why["hint"]
    assert mode(alice) == "0"


def test_while_something_is_owed(exchange: Exchange) -> None:
    """176039: it cannot be switched off; after the repayment it can."""
    alice = exchange.account(USDT="100000")
    alice.post(PATH, spotMarginMode="1")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.1")
    reply = alice.post(PATH, spotMarginMode="0")
    assert (reply.retCode, reply.retMsg) == (
        176039,
        "Borrowing, current operation is not allowed",
    )
    alice.post("/v5/account/repay", coin="BTC")
    assert alice.post(PATH, spotMarginMode="0").retCode == 0


def test_during_an_upgrade(exchange: Exchange) -> None:
    """182105, before the margin mode is looked at."""
    alice = exchange.account(vip="VIP-1")
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    alice.post("/v5/account/upgrade-to-uta")
    assert alice.post(PATH, spotMarginMode="1").retCode == 182105


def test_a_classic_account(exchange: Exchange) -> None:
    """176037, after the parameters."""
    alice = exchange.account(kind=1)
    assert alice.post(PATH, spotMarginMode="2").retCode == 10001
    reply = alice.post(PATH, spotMarginMode="1")
    assert (reply.retCode, reply.retMsg) == (
        176037,
        "For non-unified transaction users, the operation failed",
    )


@pytest.mark.parametrize("body", ["{}", '{"spotMarginMode":"on"}', '{"spotMarginMode":true}'])
def test_a_body_that_does_not_fit(exchange: Exchange, body: str) -> None:
    """10001 names the parameter."""
    reply = exchange.account().post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: spotMarginMode invalid")


@pytest.mark.parametrize(
    ("permission", "code"), [("Spot:SpotTrade", 0), ("Options:OptionsTrade", 10005)]
)
def test_the_permission(exchange: Exchange, permission: str, code: int) -> None:
    """As for borrowing (4.4)."""
    key = exchange.account().key(permissions=[permission])
    assert key.post(PATH, spotMarginMode="1").retCode == code


def test_the_limit_is_five_a_second(exchange: Exchange) -> None:
    """As stated (5.1)."""
    assert exchange.account().post(PATH, spotMarginMode="1").headers["x-bapi-limit"] == "5"


def test_the_documented_shape(exchange: Exchange) -> None:
    """The page's request."""
    reply = exchange.account().post(PATH, spotMarginMode="0")
    oracle().assert_matches(reply.json, "spot-margin-uta/switch-mode")
