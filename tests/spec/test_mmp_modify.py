"""POST /v5/account/mmp-modify: the limits; what they trigger comes with trading."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/mmp-modify"
STATE = "/v5/account/mmp-state"
WANTED = {
    "baseCoin": "BTC", "window": "4000", "frozenPeriod": "100000", "qtyLimit": "50",
    "deltaLimit": "20.25",
}  # fmt: skip


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account for which the exchange has enabled two base coins."""
    alice = exchange.account()
    alice.set(mmpCoins=["ETH", "BTC"])
    return alice


def limits(actor: Actor, coin: str) -> dict[str, Any]:
    """The row of one base coin."""
    row: dict[str, Any] = actor.get(STATE, f"baseCoin={coin}").result["result"][0]
    return row


def test_the_limits_of_one_coin(exchange: Exchange, alice: Actor) -> None:
    """Two members answer; other coins and account info stay as they were (2.5)."""
    info, ether = alice.info, limits(alice, "ETH")
    exchange.clock.advance(5000)

    reply = alice.post(PATH, **WANTED, vegaLimit="7.5")

    assert reply.body == b'{"retCode":0,"retMsg":"success"}'
    assert limits(alice, "BTC").items() >= {**WANTED, "vegaLimit": "7.5"}.items()
    assert limits(alice, "ETH") == ether
    assert alice.info == info


def test_vega_is_500000_unless_given(alice: Actor) -> None:
    """The page's default, not what was set before."""
    alice.post(PATH, **WANTED, vegaLimit="7.5")
    alice.post(PATH, **WANTED)
    assert limits(alice, "BTC")["vegaLimit"] == "500000"


def test_a_frozen_period_of_zero(alice: Actor) -> None:
    """It means until reset."""
    assert alice.post(PATH, **{**WANTED, "frozenPeriod": "0"}).retCode == 0
    assert limits(alice, "BTC")["frozenPeriod"] == "0"


@pytest.mark.parametrize(
    ("given", "shown"), [("0.01", "0.01"), ("50.00", "50"), ("1E+2", "100"), ("7.50", "7.5")]
)
def test_a_limit_is_shown_plain(alice: Actor, given: str, shown: str) -> None:
    """Never in exponent form (0.2)."""
    assert alice.post(PATH, **{**WANTED, "qtyLimit": given}).retCode == 0
    assert limits(alice, "BTC")["qtyLimit"] == shown


def test_the_same_again(exchange: Exchange, alice: Actor) -> None:
    """Accepted, and nothing is journaled: 50.0 is 50."""
    alice.post(PATH, **WANTED)
    entries = exchange.entries
    assert alice.post(PATH, **{**WANTED, "qtyLimit": "50.0"}).retCode == 0
    assert exchange.entries == entries


def test_disabling_forgets_the_limits(alice: Actor) -> None:
    """What is enabled again begins with the defaults; what stays enabled keeps its limits."""
    alice.post(PATH, **WANTED)
    alice.set(mmpCoins=["BTC"])
    assert limits(alice, "BTC")["window"] == "4000"
    alice.set(mmpCoins=[])
    alice.set(mmpCoins=["BTC"])
    assert limits(alice, "BTC")["window"] == "5000"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("window", "0"),
        ("window", "-1"),
        ("window", "2147483648"),
        ("frozenPeriod", "-1"),
        ("frozenPeriod", "2147483648"),
        ("qtyLimit", "0"),
        ("qtyLimit", "-5"),
        ("qtyLimit", "0.001"),
        ("qtyLimit", "NaN"),
        ("deltaLimit", "Infinity"),
        ("deltaLimit", "1e13"),
        ("deltaLimit", "1e-999999"),
        ("vegaLimit", "0"),
        ("vegaLimit", "1.005"),
    ],
)
def test_limits_that_cannot_be(exchange: Exchange, alice: Actor, field: str, value: str) -> None:
    """3500712: positive, at most two decimals (8.3)."""
    entries = exchange.entries
    reply = alice.post(PATH, **{**WANTED, field: value})
    assert (reply.retCode, reply.retMsg) == (3500712, "Incorrect MMP parameters")
    assert field in exchange.why["rule"]
    assert exchange.entries == entries


@pytest.mark.parametrize("field", ["baseCoin", "window", "frozenPeriod", "qtyLimit", "deltaLimit"])
@pytest.mark.parametrize("change", ["missing", "empty", "of another type"])
def test_a_body_that_does_not_fit(
    exchange: Exchange, alice: Actor, field: str, change: str
) -> None:
    """10001 names the parameter."""
    entries = exchange.entries
    bodies: dict[str, dict[str, object]] = {
        "missing": {name: value for name, value in WANTED.items() if name != field},
        "empty": {**WANTED, field: ""},
        "of another type": {**WANTED, field: [1]},
    }
    reply = alice.post(PATH, **bodies[change])
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")
    assert exchange.entries == entries


@pytest.mark.parametrize(
    ("enabled", "coin", "seen", "hint"),
    [
        ([], "BTC", "no base coin is enabled", "--mmp BTC"),
        (["ETH"], "BTC", "ETH", "--mmp ETH --mmp BTC"),
        (["BTC"], "btc", "BTC", "write BTC"),
    ],
)
def test_a_coin_that_is_not_enabled(
    exchange: Exchange, enabled: list[str], coin: str, seen: str, hint: str
) -> None:
    """3500713, as a live account without MMP got (8.3)."""
    alice = exchange.account()
    alice.set(mmpCoins=enabled)

    reply = alice.post(PATH, **{**WANTED, "baseCoin": coin})

    assert (reply.retCode, reply.retMsg) == (
        3500713,
        "There is no MMP information of the institution found",
    )
    assert exchange.why["seen"] == seen
    assert hint in exchange.why["hint"]


def test_limits_are_looked_at_before_the_coin(exchange: Exchange) -> None:
    """A live account without MMP got 3500712 for a window of 0."""
    assert exchange.account().post(PATH, **{**WANTED, "window": "0"}).retCode == 3500712


@pytest.mark.parametrize(
    ("permission", "code"),
    [("Options:OptionsTrade", 0), ("ContractTrade:Order", 10005), ("Spot:SpotTrade", 10005)],
)
def test_the_permission(exchange: Exchange, alice: Actor, permission: str, code: int) -> None:
    """Options (4.4)."""
    assert alice.key(permissions=[permission]).post(PATH, **WANTED).retCode == code


def test_during_an_upgrade(alice: Actor) -> None:
    """3100197 comes before 3500712."""
    alice.set(vipLevel="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    assert alice.post(PATH, **{**WANTED, "window": "0"}).retCode == 3100197
    assert limits(alice, "BTC")["window"] == "5000"


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    assert exchange.account(kind=1).post(PATH, **WANTED).retCode == 10028


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """The sixth is refused."""
    assert [alice.post(PATH, **WANTED).retCode for _ in range(6)] == [0] * 5 + [10006]


def test_the_documented_shape(alice: Actor) -> None:
    """Two members."""
    oracle().assert_matches(alice.post(PATH, **WANTED).json, "account/set-mmp")
