"""POST /v5/user/agreement: a master signs, once, for the whole family."""

from typing import Any

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/user/agreement"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master."""
    return exchange.account()


def signed(actor: Actor) -> dict[str, int]:
    shown: dict[str, int] = actor.exchange.control("GET", f"/-/accounts/{actor.uid}")["agreements"]
    return shown


@pytest.mark.parametrize(
    ("number", "agreement"),
    [
        ({"categoryV2": 1}, "metals"), ({"categoryV2": 2}, "crude-oil"),
        ({"category": 2}, "metals"), ({"category": 3}, "crude-oil"),
        ({"category": 3, "categoryV2": 2}, "crude-oil"),
    ],
)  # fmt: skip
def test_an_agreement_is_signed(alice: Actor, number: dict[str, int], agreement: str) -> None:
    """By its old number or its new one; the moment is kept."""
    reply = alice.post(PATH, agree=True, **number)
    assert (reply.retCode, reply.retMsg, reply.result) == (0, "success", {})
    assert signed(alice) == {agreement: T0}


def test_the_same_again(exchange: Exchange, alice: Actor) -> None:
    """Accepted; the first signature stands."""
    alice.post(PATH, agree=True, category=2)
    entries = exchange.entries
    exchange.clock.advance(1000)
    assert alice.post(PATH, agree=True, categoryV2=1).retCode == 0
    assert exchange.entries == entries
    assert signed(alice) == {"metals": T0}


def test_it_holds_for_sub_accounts(exchange: Exchange, alice: Actor) -> None:
    """For those that there are and those that come later, and for nobody else."""
    early = exchange.account(parent=alice.uid)
    alice.post(PATH, agree=True, categoryV2=2)
    late = exchange.account(parent=alice.uid)
    assert signed(early) == signed(late) == {"crude-oil": T0}
    assert signed(exchange.account()) == {}


def test_a_sub_account_is_refused(exchange: Exchange, alice: Actor) -> None:
    """141027, after the parameters."""
    sub = exchange.account(parent=alice.uid)
    reply = sub.post(PATH, agree=True, categoryV2=1)
    assert (reply.retCode, reply.retMsg) == (141027, "Sub account cannot accept agreement")
    assert str(alice.uid) in exchange.why["hint"]
    assert sub.post(PATH, agree=False, categoryV2=1).retCode == 10001
    assert signed(alice) == {}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"categoryV2": 1}, "agree"),
        ({"agree": False, "categoryV2": 1}, "agree"),
        ({"agree": "yes", "categoryV2": 1}, "agree"),
        ({"agree": True}, "categoryV2"),
        ({"agree": True, "categoryV2": 3}, "categoryV2"),
        ({"agree": True, "category": 1}, "category"),
        ({"agree": True, "category": 2, "categoryV2": 2}, "category"),
    ],
)
def test_parameters_that_do_not_fit(
    exchange: Exchange, alice: Actor, body: dict[str, Any], field: str
) -> None:
    """10001 names the parameter."""
    reply = alice.post(PATH, **body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")
    assert exchange.why["hint"]
    assert signed(alice) == {}


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        ("Wallet:AccountTransfer", 0), ("Wallet:SubMemberTransfer", 0), ("Wallet:Withdraw", 0),
        ("Spot:SpotTrade", 10005),
    ],
)  # fmt: skip
def test_the_permission(alice: Actor, permission: str, code: int) -> None:
    """One of Wallet."""
    key = alice.key(permissions=[permission])
    assert key.post(PATH, agree=True, categoryV2=1).retCode == code


def test_the_limit_is_twenty_a_second(alice: Actor) -> None:
    """The twenty-first is refused."""
    replies = [alice.post(PATH, agree=True, categoryV2=1) for _ in range(21)]
    assert [reply.retCode for reply in replies] == [0] * 20 + [10006]


def test_the_documented_shape(alice: Actor) -> None:
    """The documented request."""
    reply = alice.post(PATH, agree=True, categoryV2=2)
    oracle().assert_matches(reply.json, "user/sign-agreement")
    oracle().assert_matches(reply.json, "misc/tradfi-integration/agreement")
