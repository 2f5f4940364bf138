"""GET /v5/account/transaction-log: every movement of the unified wallet (account-semantics 7.7)."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/account/transaction-log"
DAY = 86_400_000


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account with five movements of two coins, a second apart."""
    alice = exchange.account()
    for coin, amount in [
        ("USDT", "100"), ("BTC", "1.5"), ("USDT", "-30"), ("BTC", "-0.5"), ("USDT", "7.25"),
    ]:  # fmt: skip
        exchange.clock.advance(1000)
        alice.fund(**{coin: amount})
    return alice


def test_the_newest_first(alice: Actor) -> None:
    """Each with what it moved and what was there after it."""
    lines = alice.get(PATH).result["list"]
    told = [(line["currency"], line["type"], line["change"], line["cashBalance"]) for line in lines]
    assert told == [
        ("USDT", "TRANSFER_IN", "7.25", "77.25"),
        ("BTC", "TRANSFER_OUT", "-0.5", "1"),
        ("USDT", "TRANSFER_OUT", "-30", "70"),
        ("BTC", "TRANSFER_IN", "1.5", "1.5"),
        ("USDT", "TRANSFER_IN", "100", "100"),
    ]  # fmt: skip
    assert [int(line["transactionTime"]) - T0 for line in lines] == [5000, 4000, 3000, 2000, 1000]


def test_a_line_that_is_no_trade(alice: Actor) -> None:
    """change = cashFlow + funding - fee; what only trades have is empty (7.7)."""
    line = alice.get(PATH, "limit=1").result["list"][0]
    del line["id"]
    assert line == {
        "transSubType": "", "symbol": "", "side": "None", "funding": "", "orderLinkId": "",
        "orderId": "", "fee": "0", "change": "7.25", "cashFlow": "7.25",
        "transactionTime": str(T0 + 5000), "type": "TRANSFER_IN", "feeRate": "", "bonusChange": "",
        "size": "", "qty": "", "cashBalance": "77.25", "currency": "USDT", "category": "",
        "tradePrice": "", "tradeId": "", "extraFees": "",
    }  # fmt: skip


def test_the_sum_of_the_log_is_the_balance(alice: Actor) -> None:
    """The invariant of 7.7, coin by coin, against wallet-balance."""
    sums = dict[str, Decimal]()
    for line in alice.get(PATH).result["list"]:
        sums[line["currency"]] = sums.get(line["currency"], Decimal(0)) + Decimal(line["change"])
    wallet = alice.get("/v5/account/wallet-balance", "accountType=UNIFIED").result["list"][0]
    assert {coin["coin"]: Decimal(coin["walletBalance"]) for coin in wallet["coin"]} == sums


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("currency=BTC", ["-0.5", "1.5"]),
        ("type=TRANSFER_OUT", ["-0.5", "-30"]),
        ("type=TRANSFER_OUT&currency=USDT", ["-30"]),
        ("currency=ETH", []),
        ("type=TRADE", []),
        ("category=linear", []),
        ("baseCoin=BTC", []),
        ("transSubType=movePosition", []),
        ("accountType=UNIFIED&limit=2", ["7.25", "-0.5"]),
    ],
)
def test_filters(alice: Actor, query: str, changes: list[str]) -> None:
    """Each narrows it, and they narrow it together."""
    assert [line["change"] for line in alice.get(PATH, query).result["list"]] == changes


@pytest.mark.parametrize("again", [False, True])
def test_pages(alice: Actor, again: bool) -> None:
    """A cursor is taken as it came, or encoded once more (3.2); the last page has none."""
    first = alice.get(PATH, "limit=2").result
    cursor = first["nextPageCursor"]
    assert "%3A1%2C" in cursor
    sent = quote(cursor, safe="") if again else cursor
    second = alice.get(PATH, f"limit=2&cursor={sent}").result
    sent = quote(second["nextPageCursor"], safe="") if again else second["nextPageCursor"]
    third = alice.get(PATH, f"limit=2&cursor={sent}").result

    pages = [[line["change"] for line in page["list"]] for page in (first, second, third)]
    assert pages == [["7.25", "-0.5"], ["-30", "1.5"], ["100"]]
    assert third["nextPageCursor"] == ""


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        (f"startTime={T0 + 2000}&endTime={T0 + 4000}", ["-0.5", "-30", "1.5"]),
        (f"startTime={T0 + 4000}", ["7.25", "-0.5"]),
        (f"endTime={T0 + 1000}", ["100"]),
        (f"startTime={T0 - 7 * DAY + 1000}&endTime={T0 + 1000}", ["100"]),
        (f"endTime={T0 + DAY + 2000}", ["7.25", "-0.5", "-30", "1.5"]),
    ],
)
def test_times(alice: Actor, query: str, changes: list[str]) -> None:
    """Both bounds are inclusive; one bound means a day from there, both at most seven days."""
    assert [line["change"] for line in alice.get(PATH, query).result["list"]] == changes


def test_without_a_time_it_is_the_last_day(exchange: Exchange, alice: Actor) -> None:
    """A day and a millisecond later the line is there no more, unless it is asked for."""
    exchange.clock.advance(DAY)
    assert [line["change"] for line in alice.get(PATH).result["list"]] == ["7.25"]
    exchange.clock.advance(1)
    assert alice.get(PATH).result == {"nextPageCursor": "", "list": []}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (f"startTime={T0}&endTime={T0 - 1}", "startTime"),
        (f"startTime={T0}&endTime={T0 + 7 * DAY + 1}", "endTime"),
        ("startTime=yesterday", "startTime"),
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("cursor=abc", "cursor"),
        (f"cursor={'9' * 19}%3A1%2C{'9' * 19}%3A1", "cursor"),
        ("category=futures", "category"),
        ("currency=usdt", "currency"),
    ],
)
def test_what_does_not_fit(alice: Actor, query: str, text: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {text} invalid")


def test_another_account_type(alice: Actor) -> None:
    """10001 in the words of the live service."""
    reply = alice.get(PATH, "accountType=FUND")
    assert (reply.retCode, reply.retMsg) == (10001, "accountType only support UNIFIED.")


def test_a_classic_account(exchange: Exchange) -> None:
    """It has no unified wallet: 10028."""
    assert exchange.account(kind=1).get(PATH).retCode == 10028


def test_an_account_sees_its_own(exchange: Exchange, alice: Actor) -> None:
    """Another's is empty."""
    assert exchange.account().get(PATH).result["list"] == []
    assert len(alice.get(PATH).result["list"]) == 5


def test_a_bonus_is_told_apart(exchange: Exchange) -> None:
    """BONUS and BONUS_RECOLLECT, with bonusChange."""
    alice = exchange.account()
    fund = f"/-/accounts/{alice.uid}/fund"
    exchange.control("POST", fund, {"coin": "USDT", "amount": "20", "bonus": True})
    exchange.control("POST", fund, {"coin": "USDT", "amount": "-5", "bonus": True})
    lines = alice.get(PATH).result["list"]
    assert [(line["type"], line["change"], line["bonusChange"]) for line in lines] == [
        ("BONUS_RECOLLECT", "-5", "-5"),
        ("BONUS", "20", "20"),
    ]
    assert alice.get("/v5/account/withdrawal", "coinName=USDT").result["availableWithdrawal"] == "0"


def test_the_limit_is_twenty_five_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "25"


def test_the_documented_shape(alice: Actor) -> None:
    """The page's example is two trades; the members are the same."""
    oracle().assert_matches(alice.get(PATH, "limit=2").json, "account/transaction-log")
