"""GET /v5/asset/fundinghistory: every movement of the funding wallet."""

import base64
from typing import Any

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/asset/fundinghistory"
TRANSFER = "/v5/asset/transfer/inter-transfer"
DAY_S = 86_400
S0 = T0 // 1000


def fund(exchange: Exchange, actor: Actor, coin: str, amount: str) -> None:
    """Money from outside into the funding wallet, or out of it."""
    body = {"coin": coin, "amount": amount, "wallet": "FUND"}
    exchange.control("POST", f"/-/accounts/{actor.uid}/fund", body)


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """Three movements, a second apart."""
    alice = exchange.account(USDT="1000")
    for coin, amount in [("BTC", "0.0000356100000001"), ("USDT", "100"), ("USDT", "-30")]:
        exchange.clock.advance(1000)
        fund(exchange, alice, coin, amount)
    return alice


def moved(actor: Actor, query: str = "") -> list[tuple[str, str, str]]:
    """Direction, amount and coin of each movement."""
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    return [(row["ioDirection"], row["txnAmt"], row["currency"]) for row in reply.result["list"]]


OUT, IN, BTC = ("O", "30", "USDT"), ("I", "100", "USDT"), ("I", "0.0000356100000001", "BTC")


def test_a_movement(alice: Actor) -> None:
    """The members of the page's example, in its order; the amount has no sign."""
    first: dict[str, Any] = alice.get(PATH, "limit=1").result["list"][0]
    assert list(first.items()) == list({
        "memberId": str(alice.uid), "currency": "USDT", "ioDirection": "O", "txnAmt": "30",
        "afterAmt": "70", "createTime": str(S0 + 3), "showBusiType": "fundingAccountRecordWithdraw",
        "showBusiTypeEn": "Withdraw", "description": "fundingAccountRecordWithdraw",
        "descriptionEn": "Withdraw",
    }.items())  # fmt: skip


def test_the_newest_first_and_the_funding_wallet_only(alice: Actor) -> None:
    """Every decimal is shown; what the unified wallet got is not there."""
    assert moved(alice) == [OUT, IN, BTC]


def test_a_transfer_between_wallets(exchange: Exchange, alice: Actor) -> None:
    """It is called so, and has its place in the balance."""
    wanted = {"coin": "USDT", "amount": "20", "fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    made = alice.post(TRANSFER, transferId="42c0cfb0-6bca-c242-bc76-4e6df6cbcb16", **wanted)
    assert made.retCode == 0
    row = alice.get(PATH, "limit=1").result["list"][0]
    assert (row["ioDirection"], row["txnAmt"], row["afterAmt"]) == ("I", "20", "90")
    assert (row["showBusiTypeEn"], row["descriptionEn"]) == ("Transfer", "Transfer In")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (f"createTimeFrom={S0 + 2}&createTimeTo={S0 + 2}", [IN]),
        (f"createTimeFrom={S0 + 2}&createTimeTo={S0 + 2 + 7 * DAY_S}", [OUT, IN]),
        (f"createTimeFrom={S0 - 9}&createTimeTo={S0}", []),
        ("limit=2", [OUT, IN]),
        ("limit=1000", [OUT, IN, BTC]),
    ],
)
def test_times(alice: Actor, query: str, rows: list[tuple[str, str, str]]) -> None:
    """Whole seconds, both inclusive."""
    assert moved(alice, query) == rows


def test_without_a_time_it_is_the_last_seven_days(exchange: Exchange, alice: Actor) -> None:
    """To the millisecond."""
    exchange.clock.advance(7 * DAY_S * 1000 - 2000)
    assert moved(alice) == [OUT, IN, BTC]
    exchange.clock.advance(1)
    assert moved(alice) == [OUT, IN]


def test_pages(alice: Actor) -> None:
    """The cursor is a number in base64, as in the page's example."""
    cursor = alice.get(PATH, "limit=2").result["nextPageCursor"]
    assert base64.b64decode(cursor).isdigit()
    last = alice.get(PATH, f"limit=2&cursor={cursor}").result
    assert [row["currency"] for row in last["list"]] == ["BTC"]
    assert last["nextPageCursor"] == ""


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (f"createTimeTo={S0}", "createTimeFrom"),
        (f"createTimeFrom={S0}", "createTimeTo"),
        (f"createTimeFrom={S0}&createTimeTo={S0 - 1}", "createTimeFrom"),
        (f"createTimeFrom={S0}&createTimeTo={S0 + 7 * DAY_S + 1}", "createTimeTo"),
        (f"createTimeFrom={T0}&createTimeTo={T0}", "createTimeFrom"),
        ("createTimeFrom=x", "createTimeFrom"),
        ("limit=0", "limit"),
        ("cursor=MTM3MTU3OTk", "cursor"),
        ("cursor=YWJj", "cursor"),
        ("cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk=", "cursor"),
    ],
)
def test_what_does_not_fit(exchange: Exchange, alice: Actor, query: str, name: str) -> None:
    """10001 names the parameter; milliseconds are too many seconds."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {name} invalid")
    assert exchange.why["hint"]


@pytest.mark.parametrize("kind", [1, 3, 5])
def test_every_kind_has_a_funding_wallet(exchange: Exchange, kind: int) -> None:
    """And sees its own."""
    alice = exchange.account(kind=kind)
    fund(exchange, alice, "ETH", "1")
    assert moved(alice) == [("I", "1", "ETH")]


def test_a_key_needs_a_wallet_permission(alice: Actor) -> None:
    """10005, as for its balance (4.4)."""
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH).retCode == 10005
    assert alice.key(permissions=["Wallet:AccountTransfer"]).get(PATH).retCode == 0


def test_the_limit_is_thirty_a_second(alice: Actor) -> None:
    """As stated."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "30"


def test_the_documented_shape(alice: Actor) -> None:
    """One movement of several."""
    oracle().assert_matches(alice.get(PATH, "limit=1").json, "asset/fund-history")
