"""POST /v5/account/demo-apply-money: money for a demo account, once a minute."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.actors import SPEC, T0, Actor, Exchange, oracle, running

PATH = "/v5/account/demo-apply-money"
LOG = "/v5/account/transaction-log"
PAGE = "demo"  # the page has no example of an answer


@pytest.fixture
def demo() -> Iterator[Exchange]:
    """A server that is the demo environment."""
    with running(environment="demo") as exchange:
        yield exchange


@pytest.fixture
def alice(demo: Exchange) -> Actor:
    """A demo account without money."""
    return demo.account()


def money(coin: str, amount: str) -> dict[str, str]:
    return {"coin": coin, "amountStr": amount}


def balances(actor: Actor) -> dict[str, str]:
    account = actor.get("/v5/account/wallet-balance", "accountType=UNIFIED").result["list"][0]
    return {row["coin"]: row["walletBalance"] for row in account["coin"]}


def test_money_is_added(alice: Actor) -> None:
    """To the unified wallet, with a line of type AIRDROP in its log."""
    reply = alice.post(PATH, utaDemoApplyMoney=[money("USDT", "109"), money("ETH", "1")])

    assert (reply.retCode, reply.retMsg, reply.result) == (0, "OK", {})
    assert balances(alice) == {"USDT": "109", "ETH": "1"}
    lines = alice.get(LOG, "type=AIRDROP").result["list"]
    assert [(line["currency"], line["change"], line["cashBalance"]) for line in lines] == [
        ("ETH", "1", "1"), ("USDT", "109", "109"),
    ]  # fmt: skip


def test_money_is_taken_out(alice: Actor) -> None:
    """With adjustType 1; the rest stays."""
    alice.fund(USDC="10")

    assert alice.post(PATH, adjustType=1, utaDemoApplyMoney=[money("USDC", "2.5")]).retCode == 0

    assert balances(alice)["USDC"] == "7.5"
    line = alice.get(LOG, "type=AIRDROP").result["list"][0]
    assert (line["change"], line["cashBalance"]) == ("-2.5", "7.5")


def test_more_than_there_is(demo: Exchange, alice: Actor) -> None:
    """10001, and of the other coin nothing is taken either."""
    alice.fund(USDC="10", USDT="10")
    rows = [money("USDC", "1"), money("USDT", "10.00000001")]

    reply = alice.post(PATH, adjustType=1, utaDemoApplyMoney=rows)

    assert (reply.retCode, reply.retMsg) == (10001, "params error: amountStr invalid")
    assert demo.why["expected"] == "at most 10 USDT, what may leave"
    assert balances(alice) == {"USDC": "10", "USDT": "10"}


@pytest.mark.parametrize(
    ("coin", "most", "more"),
    [
        ("BTC", "15", "15.00000001"), ("ETH", "200", "200.00000001"),
        ("USDT", "100000", "100000.01"), ("USDC", "100000", "100000.01"),
    ],
)  # fmt: skip
def test_the_most_of_each_coin(demo: Exchange, coin: str, most: str, more: str) -> None:
    """So much in one request, and not a bit more."""
    assert demo.account().post(PATH, utaDemoApplyMoney=[money(coin, most)]).retCode == 0
    assert demo.account().post(PATH, utaDemoApplyMoney=[money(coin, more)]).retCode == 10001


def test_two_rows_of_one_coin(demo: Exchange, alice: Actor) -> None:
    """Count together."""
    rows = [money("BTC", "10"), money("BTC", "5")]
    assert alice.post(PATH, utaDemoApplyMoney=rows).retCode == 0
    assert balances(alice) == {"BTC": "15"}

    rows[1] = money("BTC", "5.1")
    assert demo.account().post(PATH, utaDemoApplyMoney=rows).retCode == 10001


def test_once_a_minute(demo: Exchange, alice: Actor) -> None:
    """The second call is refused with the limit headers, until the minute is over."""
    wanted = {"utaDemoApplyMoney": [money("BTC", "15")]}
    assert alice.post(PATH, **wanted).retCode == 0
    demo.clock.advance(59_999)
    reply = alice.post(PATH, **wanted)
    assert reply.retCode == 10006
    assert reply.headers["x-bapi-limit"] == "1"
    assert int(reply.headers["x-bapi-limit-reset-timestamp"]) == T0 + 60_000
    demo.clock.advance(1)
    assert alice.post(PATH, **wanted).retCode == 0
    assert balances(alice) == {"BTC": "30"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "utaDemoApplyMoney"),
        ({"utaDemoApplyMoney": []}, "utaDemoApplyMoney"),
        ({"utaDemoApplyMoney": [money("USDT", "1")] * 21}, "utaDemoApplyMoney"),
        ({"utaDemoApplyMoney": [money("SOL", "1")]}, "coin"),
        ({"utaDemoApplyMoney": [money("usdt", "1")]}, "coin"),
        ({"utaDemoApplyMoney": [money("USDT", "0")]}, "amountStr"),
        ({"utaDemoApplyMoney": [money("USDT", "-1")]}, "amountStr"),
        ({"utaDemoApplyMoney": [money("USDT", "1e3")]}, "amountStr"),
        ({"utaDemoApplyMoney": [money("USDT", "NaN")]}, "amountStr"),
        ({"utaDemoApplyMoney": [money("USDT", "")]}, "amountStr"),
        ({"utaDemoApplyMoney": [money("USDT", ".")]}, "amountStr"),
        ({"utaDemoApplyMoney": [money("USDT", "1" * 41)]}, "amountStr"),
        ({"utaDemoApplyMoney": [money("USDT", "0.000000001")]}, "amountStr"),
        ({"utaDemoApplyMoney": [{"coin": "USDT"}]}, "amountStr"),
        ({"utaDemoApplyMoney": [money("USDT", "1")], "adjustType": 2}, "adjustType"),
    ],
)
def test_parameters_that_do_not_fit(
    demo: Exchange, alice: Actor, body: dict[str, Any], field: str
) -> None:
    """10001 names the parameter, and nothing is written."""
    entries = demo.entries
    reply = alice.post(PATH, **body)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {field} invalid")
    assert demo.why["hint"]
    assert demo.entries == entries


def test_a_classic_account(demo: Exchange) -> None:
    """10028, after the parameters."""
    classic = demo.account(kind=1)
    assert classic.post(PATH, utaDemoApplyMoney=[money("USDT", "1")]).retCode == 10028
    demo.clock.advance(60_000)
    assert classic.post(PATH, utaDemoApplyMoney=[]).retCode == 10001


def test_a_read_only_key(alice: Actor) -> None:
    """10005; any other key will do."""
    wanted = {"utaDemoApplyMoney": [money("USDT", "1")]}
    assert alice.key(readOnly=True).post(PATH, **wanted).retCode == 10005
    assert alice.key(permissions=["Spot:SpotTrade"]).post(PATH, **wanted).retCode == 0


def test_where_it_exists(exchange: Exchange) -> None:
    """On the demo environments, and where all are together; elsewhere the path is unknown."""
    wanted = {"utaDemoApplyMoney": [money("USDT", "1")]}
    assert exchange.account().post(PATH, **wanted).retCode == 0
    with running(environment="testnet-demo") as there:
        assert there.account().post(PATH, **wanted).retCode == 0
    with running(environment="mainnet") as real:
        reply = real.account().post(PATH, **wanted)
        assert (reply.status, reply.body) == (404, b"")
        assert "api-demo.bybit.com" in real.why["hint"]


def test_the_documented_request(alice: Actor) -> None:
    """Its answer is not shown, so it has the shape of another answer without a result."""
    check = oracle()
    text = (SPEC / "examples/misc/demo/demo-apply-money.request.json").read_text()
    reply = alice.post(PATH, **json.loads(text)["body"])
    assert balances(alice) == {"USDT": "109", "ETH": "1"}
    check.assert_matches(reply.json, "user/sign-agreement")


def test_several_coins_that_margin_needs_together(exchange: Exchange) -> None:
    """Each alone could leave; both cannot: a loan needs one of them, and nothing moves."""
    for coin, price in {"BTC": "50000", "USDT": "1", "USDC": "1"}.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    alice = exchange.account(USDT="10000", USDC="10000")
    # 15,000 USD owed at 20 %: 3,000 of the 20,000 must stay.
    assert alice.post("/v5/account/borrow", coin="BTC", amount="0.3").retCode == 0

    rows = [money("USDT", "10000"), money("USDC", "10000")]
    reply = alice.post(PATH, adjustType=1, utaDemoApplyMoney=rows)

    assert (reply.retCode, reply.retMsg) == (10001, "params error: amountStr invalid")
    assert exchange.why["expected"] == "at most 7000 USDC, what may leave"
    assert balances(alice) == {"BTC": "0.3", "USDT": "10000", "USDC": "10000"}
