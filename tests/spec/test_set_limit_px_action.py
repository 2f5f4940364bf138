"""POST /v5/account/set-limit-px-action: the setting; its effect on orders comes with trading."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/set-limit-px-action"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account with the defaults."""
    return exchange.account()


def flags(actor: Actor) -> tuple[bool, bool]:
    """lpaSpot and lpaPerp."""
    result = actor.get("/v5/account/user-setting-config").result
    return result["lpaSpot"], result["lpaPerp"]


@pytest.mark.parametrize(
    ("category", "modify", "expected"),
    [
        ("spot", True, (True, False)),
        ("spot", False, (False, False)),
        ("linear", True, (False, False)),
        ("linear", False, (False, True)),
        ("inverse", True, (False, False)),
        ("inverse", False, (False, True)),
    ],
)
def test_a_setting(
    exchange: Exchange, alice: Actor, category: str, modify: bool, expected: tuple[bool, bool]
) -> None:
    """Scenario 18: lpaSpot follows, lpaPerp is the opposite; account info stays as it was (2.5)."""
    before = alice.info
    exchange.clock.advance(5000)

    reply = alice.post(PATH, category=category, modifyEnable=modify)

    assert (reply.retCode, reply.retMsg, reply.result) == (0, "success", {})
    assert flags(alice) == expected
    assert alice.info == before


def test_linear_and_inverse_are_one(alice: Actor) -> None:
    """What one sets, the other changes; spot is left alone."""
    alice.post(PATH, category="spot", modifyEnable=True)
    alice.post(PATH, category="linear", modifyEnable=False)
    assert flags(alice) == (True, True)
    alice.post(PATH, category="inverse", modifyEnable=True)
    assert flags(alice) == (True, False)


def test_the_same_again(exchange: Exchange, alice: Actor) -> None:
    """Accepted, and nothing is journaled."""
    entries = exchange.entries
    assert alice.post(PATH, category="linear", modifyEnable=True).retCode == 0
    assert exchange.entries == entries


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"modifyEnable":true}', "category"),
        ('{"category":"option","modifyEnable":true}', "category"),
        ('{"category":"SPOT","modifyEnable":true}', "category"),
        ('{"category":"spot"}', "modifyEnable"),
        ('{"category":"spot","modifyEnable":"ON"}', "modifyEnable"),
        ('{"category":"spot","modifyEnable":null}', "modifyEnable"),
    ],
)
def test_a_body_that_does_not_fit(exchange: Exchange, alice: Actor, body: str, field: str) -> None:
    """10001 names the parameter."""
    entries = exchange.entries
    reply = alice.post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")
    assert exchange.entries == entries


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        ("ContractTrade:Position", 0),
        ("Derivatives:DerivativesTrade", 0),
        ("Options:OptionsTrade", 0),
        ("Spot:SpotTrade", 10005),
        ("Wallet:AccountTransfer", 10005),
    ],
)
def test_the_permission(exchange: Exchange, alice: Actor, permission: str, code: int) -> None:
    """One of ContractTrade, Derivatives, Options (4.4)."""
    key = alice.key(permissions=[permission])
    assert key.post(PATH, category="spot", modifyEnable=True).retCode == code


def test_during_an_upgrade(exchange: Exchange, alice: Actor) -> None:
    """3100197."""
    alice.set(vipLevel="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    assert alice.post(PATH, category="spot", modifyEnable=True).retCode == 3100197
    assert flags(alice) == (False, False)


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    reply = exchange.account(kind=1).post(PATH, category="spot", modifyEnable=True)
    assert reply.retCode == 10028


def test_the_limit_is_ten_a_second(exchange: Exchange, alice: Actor) -> None:
    """The eleventh is refused."""
    codes = [alice.post(PATH, category="spot", modifyEnable=True).retCode for _ in range(11)]
    assert codes == [0] * 10 + [10006]


def test_the_documented_shape(exchange: Exchange, alice: Actor) -> None:
    """Five members, an empty result."""
    reply = alice.post(PATH, category="spot", modifyEnable=True)
    oracle().assert_matches(reply.json, "account/set-price-limit")
