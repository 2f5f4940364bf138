"""POST /v5/account/set-collateral-switch-batch: all or nothing."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/set-collateral-switch-batch"
INFO = "/v5/account/collateral-info"


def switches(*wanted: tuple[str, str]) -> list[dict[str, str]]:
    return [{"coin": coin, "collateralSwitch": switch} for coin, switch in wanted]


def info(actor: Actor) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = actor.get(INFO).result["list"]
    return rows


def test_several_coins(exchange: Exchange) -> None:
    """The answer is the request; one entry is journaled."""
    alice = exchange.account()
    entries = exchange.entries
    request = switches(("SOL", "OFF"), ("BTC", "OFF"), ("ETH", "ON"), ("PEPE", "ON"))

    reply = alice.post(PATH, request=request)

    assert (reply.retCode, reply.retMsg) == (0, "SUCCESS")
    assert reply.result == {"list": request}
    assert exchange.entries == entries + 1
    now = {row["currency"]: row["collateralSwitch"] for row in info(alice)}
    assert (now["SOL"], now["BTC"], now["ETH"], now["PEPE"]) == (False, False, True, True)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (switches(("BTC", "OFF"), ("USDT", "OFF")), 182111),
        (switches(("BTC", "OFF"), ("TSLA", "ON")), 182111),
        (switches(("BTC", "OFF"), ("ETH", "OFF"), ("BTC", "OFF")), 182112),
        (switches(("BTC", "OFF"), ("BTC", "ON"), ("USDT", "OFF")), 182112),
    ],
)
def test_one_fault_refuses_all(exchange: Exchange, request_: Any, code: int) -> None:
    """Nothing is switched; a coin twice is found first (7.2)."""
    alice = exchange.account()
    before, entries = info(alice), exchange.entries
    assert alice.post(PATH, request=request_).retCode == code
    assert info(alice) == before
    assert exchange.entries == entries


def test_the_order_of_refusals(exchange: Exchange) -> None:
    """Each line cures the fault above it; what is owed comes before what a loan needs."""
    for coin, usd in (("USDT", "1"), ("BTC", "50000"), ("ETH", "2000"), ("SOL", "100")):
        exchange.control("PUT", f"/-/prices/{coin}", {"price": usd})
    exchange.control("PATCH", "/-/collateral/SOL", {"capped": True, "on": False})
    alice = exchange.account(ETH="10", USDT="10000", vip="VIP-1")
    assert alice.post("/v5/account/borrow", coin="BTC", amount="2").retCode == 0
    alice.post("/v5/account/upgrade-to-uta")
    off = ("ETH", "OFF"), ("BTC", "OFF"), ("SOL", "ON"), ("USDT", "OFF")

    assert alice.post(PATH, request=switches(*off, *off)).retCode == 182105
    exchange.clock.advance(5000)
    assert alice.post(PATH, request=switches(*off, *off)).retCode == 182112
    assert alice.post(PATH, request=switches(*off)).retCode == 182111
    assert alice.post(PATH, request=switches(*off[:3])).retCode == 182011
    assert alice.post(PATH, request=switches(*off[:2])).retCode == 182110
    assert alice.post(PATH, request=switches(*off[:1])).retCode == 182108
    exchange.clock.advance(1000)
    alice.fund(USDT="10000")
    assert alice.post(PATH, request=switches(*off[:1])).retCode == 0


def test_the_text_of_a_duplicate(exchange: Exchange) -> None:
    """As on the error page."""
    request = switches(("BTC", "OFF"), ("BTC", "OFF"))
    assert exchange.account().post(PATH, request=request).retMsg == (
        "Duplicate currency, please re-adjust"
    )
    assert exchange.why["seen"] == "BTC, 2 times"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("{}", "request"),
        ('{"request":[]}', "request"),
        ('{"request":{}}', "request"),
        ('{"request":[{"coin":"BTC"}]}', "collateralSwitch"),
        ('{"request":[{"coin":"BTC","collateralSwitch":"on"}]}', "request"),
    ],
)
def test_a_body_that_does_not_fit(exchange: Exchange, body: str, field: str) -> None:
    """10001 names the parameter."""
    reply = exchange.account().post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")


def test_during_an_upgrade(exchange: Exchange) -> None:
    """182105 before 182112 (1.3)."""
    alice = exchange.account(vip="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    request = switches(("BTC", "OFF"), ("BTC", "OFF"))
    assert alice.post(PATH, request=request).retCode == 182105


def test_a_classic_account(exchange: Exchange) -> None:
    """10028."""
    request = switches(("BTC", "OFF"))
    assert exchange.account(kind=1).post(PATH, request=request).retCode == 10028


def test_the_limit_is_five_a_second(exchange: Exchange) -> None:
    """The sixth is refused."""
    alice, request = exchange.account(), switches(("BTC", "OFF"))
    codes = [alice.post(PATH, request=request).retCode for _ in range(6)]
    assert codes == [0] * 5 + [10006]


def test_the_documented_shape(exchange: Exchange) -> None:
    """The list."""
    reply = exchange.account().post(PATH, request=switches(("BTC", "OFF")))
    oracle().assert_matches(reply.json, "account/batch-set-collateral")
