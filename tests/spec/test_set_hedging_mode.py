"""POST /v5/account/set-hedging-mode: only in portfolio margin."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/set-hedging-mode"
MODE = "/v5/account/set-margin-mode"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account in portfolio margin."""
    alice = exchange.account(USDC="2000")
    alice.post(MODE, setMarginMode="PORTFOLIO_MARGIN")
    return alice


def test_on_and_off(exchange: Exchange, alice: Actor) -> None:
    """Scenario 5: two members, nothing else; the status and the time move."""
    now = exchange.clock.advance(10_000)

    reply = alice.post(PATH, setHedgingMode="ON")

    assert reply.body == b'{"retCode":0,"retMsg":"SUCCESS"}'
    assert alice.info["spotHedgingStatus"] == "ON"
    assert alice.info["updatedTime"] == str(now - now % 1000)
    assert alice.post(PATH, setHedgingMode="OFF").retCode == 0
    assert alice.info["spotHedgingStatus"] == "OFF"


def test_the_same_again(exchange: Exchange, alice: Actor) -> None:
    """Accepted; nothing moves."""
    before, entries = alice.info, exchange.entries
    exchange.clock.advance(10_000)

    assert alice.post(PATH, setHedgingMode="OFF").retCode == 0

    assert alice.info == before
    assert exchange.entries == entries


@pytest.mark.parametrize("mode", ["REGULAR_MARGIN", "ISOLATED_MARGIN"])
def test_leaving_portfolio_margin_ends_it(exchange: Exchange, alice: Actor, mode: str) -> None:
    """Hedging in another mode cannot be (Q8); coming back does not bring it back."""
    alice.post(PATH, setHedgingMode="ON")

    alice.post(MODE, setMarginMode=mode)

    assert alice.info["spotHedgingStatus"] == "OFF"
    alice.post(MODE, setMarginMode="PORTFOLIO_MARGIN")
    assert alice.info["spotHedgingStatus"] == "OFF"


@pytest.mark.parametrize("wanted", ["ON", "OFF"])
def test_outside_portfolio_margin(exchange: Exchange, wanted: str) -> None:
    """Scenario 6: 140001, for either value."""
    reply = exchange.account().post(PATH, setHedgingMode=wanted)
    assert (reply.retCode, reply.retMsg) == (
        140001,
        "Switching the PM spot hedging switch is not allowed in non PM mode",
    )
    assert exchange.why["seen"] == "marginMode REGULAR_MARGIN"


def test_during_an_upgrade(exchange: Exchange, alice: Actor) -> None:
    """3100197 comes before 140001."""
    alice.set(vipLevel="PRO-1")
    alice.post("/v5/account/upgrade-to-uta")
    reply = alice.post(PATH, setHedgingMode="ON")
    assert (reply.retCode, reply.retMsg) == (
        3100197,
        "Temporary banned due to the upgrade to UTA",
    )


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    assert exchange.account(kind=1).post(PATH, setHedgingMode="ON").retCode == 10028


@pytest.mark.parametrize("body", ["{}", '{"setHedgingMode":"on"}', '{"setHedgingMode":true}'])
def test_a_body_that_does_not_fit(exchange: Exchange, alice: Actor, body: str) -> None:
    """10001 names the parameter."""
    reply = alice.post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: setHedgingMode invalid")


def test_it_has_no_stated_limit(exchange: Exchange, alice: Actor) -> None:
    """So there are no limit headers (5.2)."""
    headers = alice.post(PATH, setHedgingMode="ON").headers
    assert not [name for name in headers if name.startswith("x-bapi-limit")]


def test_the_documented_shape(exchange: Exchange, alice: Actor) -> None:
    """Two members."""
    reply = alice.post(PATH, setHedgingMode="ON")
    oracle().assert_matches(reply.json, "account/set-spot-hedge")
