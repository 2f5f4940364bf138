"""POST /v5/account/set-delta-mode: the flag; its effect comes with positions."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/set-delta-mode"
MODE = "/v5/account/set-margin-mode"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account with the defaults."""
    return exchange.account(USDC="2000")


def is_on(actor: Actor) -> bool:
    """As user-setting-config tells."""
    on: bool = actor.get("/v5/account/user-setting-config").result["deltaEnable"]
    return on


def test_on_and_off(exchange: Exchange, alice: Actor) -> None:
    """Text, not a boolean; account info stays as it was (2.5)."""
    before = alice.info
    exchange.clock.advance(5000)

    reply = alice.post(PATH, deltaEnable="1")

    assert (reply.retCode, reply.retMsg, reply.result) == (0, "success", {})
    assert is_on(alice)
    assert alice.post(PATH, deltaEnable="0").retCode == 0
    assert not is_on(alice)
    assert alice.info == before


def test_the_same_again(exchange: Exchange, alice: Actor) -> None:
    """Accepted, and nothing is journaled."""
    entries = exchange.entries
    assert alice.post(PATH, deltaEnable="0").retCode == 0
    assert exchange.entries == entries


@pytest.mark.parametrize("mode", ["ISOLATED_MARGIN", "PORTFOLIO_MARGIN"])
def test_in_every_margin_mode(alice: Actor, mode: str) -> None:
    """In isolated margin it is stored, though without effect (8.5); a change of mode keeps it."""
    alice.post(MODE, setMarginMode=mode)
    assert alice.post(PATH, deltaEnable="1").retCode == 0
    alice.post(MODE, setMarginMode="REGULAR_MARGIN")
    assert is_on(alice)


@pytest.mark.parametrize(
    "body", ["{}", '{"deltaEnable":"2"}', '{"deltaEnable":true}', '{"deltaEnable":1}']
)
def test_a_body_that_does_not_fit(exchange: Exchange, alice: Actor, body: str) -> None:
    """10001 names the parameter."""
    entries = exchange.entries
    reply = alice.post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: deltaEnable invalid")
    assert exchange.entries == entries


@pytest.mark.parametrize(
    ("permission", "code"), [("ContractTrade:Order", 0), ("Spot:SpotTrade", 10005)]
)
def test_the_permission(exchange: Exchange, alice: Actor, permission: str, code: int) -> None:
    """One of ContractTrade, Derivatives, Options (4.4)."""
    assert alice.key(permissions=[permission]).post(PATH, deltaEnable="1").retCode == code


def test_during_an_upgrade(exchange: Exchange, alice: Actor) -> None:
    """3100197."""
    alice.set(vipLevel="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    assert alice.post(PATH, deltaEnable="1").retCode == 3100197
    assert not is_on(alice)


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    assert exchange.account(kind=1).post(PATH, deltaEnable="1").retCode == 10028


def test_it_has_no_stated_limit(alice: Actor) -> None:
    """So there are no limit headers (5.2)."""
    headers = alice.post(PATH, deltaEnable="1").headers
    assert not [name for name in headers if name.startswith("x-bapi-limit")]


def test_the_documented_shape(alice: Actor) -> None:
    """The example has no resultStatus, which the page's table lists."""
    oracle().assert_matches(alice.post(PATH, deltaEnable="1").json, "account/set-delta-mode")
