"""POST /v5/account/borrow: at the floating rate, within the limits of a coin (7.4)."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, Reply, oracle

PATH = "/v5/account/borrow"
MINUTE = 60_000


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """10,000 USD, and BTC at 50,000: of 3 BTC that a family may borrow, her margin is for 0.8."""
    exchange.control("PUT", "/-/prices/USDT", {"price": "1"})
    exchange.control("PUT", "/-/prices/BTC", {"price": "50000"})
    return exchange.account(USDT="10000")


def borrow(actor: Actor, coin: str = "BTC", amount: str = "0.5") -> Reply:
    """A call a second later: one a second is allowed."""
    actor.exchange.clock.advance(1000)
    return actor.post(PATH, coin=coin, amount=amount)


def lend(exchange: Exchange, coin: str = "BTC", **terms: Any) -> None:
    exchange.control("PUT", f"/-/loans/{coin}", terms)


def balance(actor: Actor, coin: str = "BTC") -> dict[str, Any]:
    reply = actor.get("/v5/account/wallet-balance", f"accountType=UNIFIED&coin={coin}")
    (row,) = reply.result["list"][0]["coin"]
    found: dict[str, Any] = row
    return found


def test_the_wallet_and_the_debt_rise_together(alice: Actor) -> None:
    """So the equity stays; account info does not move; a line of the log says BORROW."""
    info = alice.info

    reply = borrow(alice)

    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {"coin": "BTC", "amount": "0.5"}
    row = balance(alice)
    assert (row["walletBalance"], row["spotBorrow"], row["equity"]) == ("0.5", "0.5", "0")
    assert row["borrowAmount"] == "0.500000000000000000"
    (line,) = alice.get("/v5/account/transaction-log", "currency=BTC").result["list"]
    assert (line["type"], line["change"], line["cashBalance"]) == ("BORROW", "0.5", "0.5")
    assert alice.info == info


def test_the_margin_of_a_loan(alice: Actor) -> None:
    """0.5 BTC at 50,000 need 0.2 of initial and 0.04 of maintenance margin (6.5)."""
    borrow(alice)
    (wallet,) = alice.get("/v5/account/wallet-balance", "accountType=UNIFIED").result["list"]
    assert (wallet["totalInitialMargin"], wallet["accountIMRate"]) == ("5000", "0.5")
    assert (wallet["totalMaintenanceMargin"], wallet["accountMMRate"]) == ("1000", "0.1")
    assert (wallet["totalEquity"], wallet["totalAvailableBalance"]) == ("10000", "5000")


def test_interest_comes_together_until_it_is_charged(exchange: Exchange, alice: Actor) -> None:
    """At minute 35 half an hour's; at minute 05 the balance is less, and it begins anew."""
    lend(exchange, hourlyRate="0.0001")
    borrow(alice)
    exchange.clock.now += 35 * MINUTE - exchange.clock.now % (60 * MINUTE)
    assert balance(alice)["accruedInterest"] == "0.000025"
    assert balance(alice, "USDT")["accruedInterest"] == "0"
    exchange.clock.advance(30 * MINUTE)
    row = balance(alice)
    assert (row["accruedInterest"], row["walletBalance"]) == ("0", "0.49995")


@pytest.mark.parametrize(
    ("coin", "amount", "code", "text"),
    [
        ("PEPE", "1", 176010, "Failed to locate the coins to borrow"),
        ("btc", "1", 176010, "Failed to locate the coins to borrow"),
        (
            "BTC",
            "0.100000001",
            176031,
            "Number of decimals for borrow amount has exceeded the maximum precision",
        ),
        (
            "BTC",
            "0.0009",
            176025,
            "Amount to borrow cannot be lower than the min. amount to borrow (per transaction)",
        ),
        (
            "BTC",
            "3.00000001",
            176026,
            "Amount to borrow cannot be larger than the max. amount to borrow (per transaction)",
        ),
        (
            "BTC",
            "0.80000001",
            176029,
            "Amount to borrow has exceeded the user's estimated max. amount to borrow",
        ),
    ],
)
def test_what_is_refused(alice: Actor, coin: str, amount: str, code: int, text: str) -> None:
    """With a hint, and nothing is journaled; a step less is lent."""
    entries = alice.exchange.entries
    reply = borrow(alice, coin, amount)
    assert (reply.retCode, reply.retMsg) == (code, text)
    assert alice.exchange.why["hint"]
    assert alice.exchange.entries == entries


@pytest.mark.parametrize("amount", ["0.8", "0.001", "0.10000000", "1e-2"])
def test_what_just_fits(alice: Actor, amount: str) -> None:
    """All of the margin, the least amount, and eight decimals."""
    assert borrow(alice, amount=amount).retCode == 0


def test_the_limit_is_the_familys(exchange: Exchange) -> None:
    """The sub has 2 of 3 BTC: its master gets one, and not a hundred-millionth more."""
    alice = exchange.account(USDT="1000000")
    sub = exchange.account(parent=alice.uid, USDT="1000000")
    assert borrow(sub, amount="2").retCode == 0
    reply = borrow(alice, amount="1.00000001")
    assert (reply.retCode, reply.retMsg) == (
        176027,
        "Amount to borrow cannot be higher than the max. amount to borrow per user",
    )
    assert borrow(alice, amount="1").retCode == 0


def test_the_exchange_lends_so_much(exchange: Exchange) -> None:
    """Bob has 2 of 3 BTC that there are."""
    lend(exchange, inventory="3")
    alice, bob = exchange.account(USDT="1000000"), exchange.account(USDT="1000000")
    assert borrow(bob, amount="2").retCode == 0
    reply = borrow(alice, amount="1.00000001")
    assert (reply.retCode, reply.retMsg) == (
        176028,
        "Amount to borrow has exceeded Bybit's max. amount to borrow",
    )
    assert borrow(alice, amount="1").retCode == 0


def test_isolated_margin(alice: Actor) -> None:
    """176038, before the coin is looked for."""
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    reply = borrow(alice, "NOPE")
    assert (reply.retCode, reply.retMsg) == (
        176038,
        "The spot leverage is closed and the current operation is not allowed",
    )


def test_the_order_of_refusals(exchange: Exchange) -> None:
    """Each line cures the fault above it."""
    classic = exchange.account(kind=1)
    assert borrow(classic, "NOPE", "-1").retCode == 10001
    assert borrow(classic, "NOPE", "0.000000001").retCode == 10028

    alice = exchange.account(vip="VIP-1", USDT="10")
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    alice.post("/v5/account/upgrade-to-uta")
    assert borrow(alice, "NOPE", "0.000000001").retCode == 182105
    exchange.clock.advance(5000)
    assert borrow(alice, "NOPE", "0.000000001").retCode == 176038
    alice.post("/v5/account/set-margin-mode", setMarginMode="REGULAR_MARGIN")
    assert borrow(alice, "NOPE", "0.000000001").retCode == 176010
    assert borrow(alice, "BTC", "0.000000001").retCode == 176031
    assert borrow(alice, "BTC", "0.0001").retCode == 176025

    lend(exchange, inventory="10")
    assert borrow(alice, "BTC", "20.000000001").retCode == 176031
    assert borrow(alice, "BTC", "20").retCode == 176026
    lend(exchange, callMax="1000")
    assert borrow(alice, "BTC", "20").retCode == 176027
    lend(exchange, familyMax="1000")
    assert borrow(alice, "BTC", "20").retCode == 176029
    alice.fund(USDT="10000000")
    assert borrow(alice, "BTC", "20").retCode == 176028
    lend(exchange, inventory="20")
    assert borrow(alice, "BTC", "20").retCode == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{}", "coin"),
        ('{"coin":"","amount":"1"}', "coin"),
        ('{"coin":"BTC"}', "amount"),
        ('{"coin":"BTC","amount":""}', "amount"),
        ('{"coin":"BTC","amount":"some"}', "amount"),
        ('{"coin":"BTC","amount":"0"}', "amount"),
        ('{"coin":"BTC","amount":"-0.5"}', "amount"),
        ('{"coin":"BTC","amount":"NaN"}', "amount"),
    ],
)
def test_a_body_that_does_not_fit(alice: Actor, body: str, field: str) -> None:
    """10001 names the parameter."""
    reply = alice.post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        ("Spot:SpotTrade", 0),
        ("ContractTrade:Order", 0),
        ("Derivatives:DerivativesTrade", 0),
        ("Options:OptionsTrade", 10005),
        ("Wallet:AccountTransfer", 10005),
    ],
)
def test_the_permission(alice: Actor, permission: str, code: int) -> None:
    """Spot, ContractTrade or Derivatives (4.4)."""
    key = alice.key(permissions=[permission])
    assert key.post(PATH, coin="BTC", amount="0.1").retCode == code


def test_the_limit_is_one_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert borrow(alice, amount="0.1").headers["x-bapi-limit"] == "1"
    assert alice.post(PATH, coin="BTC", amount="0.1").retCode == 10006


def test_the_documented_shape(alice: Actor) -> None:
    """The page's coin and amount."""
    oracle().assert_matches(borrow(alice, "BTC", "0.01").json, "account/borrow")
