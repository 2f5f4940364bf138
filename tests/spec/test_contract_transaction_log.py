"""GET /v5/account/contract-transaction-log: the derivatives wallet of older kinds (1.2, 7.7)."""

import pytest
from tests.actors import T0, Actor, Exchange, oracle

PATH = "/v5/account/contract-transaction-log"
DAY = 86_400_000


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A classic account with four movements of two coins, a second apart."""
    alice = exchange.account(kind=1)
    for coin, amount in [("USDT", "100"), ("BTC", "1.5"), ("USDT", "-30"), ("BTC", "-0.5")]:
        exchange.clock.advance(1000)
        alice.fund(**{coin: amount})
    return alice


def changes(actor: Actor, query: str = "") -> list[str]:
    """What each line moved."""
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    return [line["change"] for line in reply.result["list"]]


def test_a_line(alice: Actor) -> None:
    """The members of the page's last example, in its order; ids are numbers."""
    (line,) = alice.get(PATH, "limit=1").result["list"]
    assert int(line.pop("id")) > 0
    assert list(line.items()) == list({
        "symbol": "", "category": "", "side": "None", "transactionTime": str(T0 + 4000),
        "type": "TRANSFER_OUT", "qty": "", "size": "", "currency": "BTC", "tradePrice": "",
        "funding": "", "fee": "0", "cashFlow": "-0.5", "change": "-0.5", "cashBalance": "1",
        "feeRate": "", "bonusChange": "", "tradeId": "", "orderId": "", "orderLinkId": "",
    }.items())  # fmt: skip


@pytest.mark.parametrize(
    ("query", "moved"),
    [
        ("", ["-0.5", "-30", "1.5", "100"]),
        ("currency=USDT", ["-30", "100"]),
        ("type=TRANSFER_IN&currency=BTC", ["1.5"]),
        ("baseCoin=BTC", []),
        ("limit=2", ["-0.5", "-30"]),
        (f"startTime={T0 + 2000}&endTime={T0 + 3000}", ["-30", "1.5"]),
        (f"startTime={T0 + 3000}", ["-0.5", "-30"]),
        (f"endTime={T0 + 1000 + 7 * DAY}", ["-0.5", "-30", "1.5", "100"]),
        (f"endTime={T0 + 1001 + 7 * DAY}", ["-0.5", "-30", "1.5"]),
    ],
)
def test_filters_and_times(alice: Actor, query: str, moved: list[str]) -> None:
    """Bounds are inclusive; one bound means 7 days from there."""
    assert changes(alice, query) == moved


def test_without_a_time_it_is_the_last_seven_days(exchange: Exchange, alice: Actor) -> None:
    """Unlike the log of a unified wallet, which shows one."""
    exchange.clock.advance(7 * DAY - 1000)
    assert changes(alice) == ["-0.5", "-30"]


def test_pages(alice: Actor) -> None:
    """The cursor of each leads to the one behind it."""
    first = alice.get(PATH, "limit=3").result
    last = alice.get(PATH, f"limit=3&cursor={first['nextPageCursor']}").result
    assert [line["change"] for line in last["list"]] == ["100"]
    assert last["nextPageCursor"] == ""


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (f"startTime={T0}&endTime={T0 - 1}", "startTime"),
        (f"startTime={T0}&endTime={T0 + 7 * DAY + 1}", "endTime"),
        ("limit=0", "limit"),
        ("cursor=abc", "cursor"),
    ],
)
def test_what_does_not_fit(alice: Actor, query: str, text: str) -> None:
    """10001 names the parameter."""
    reply = alice.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, f"params error: {text} invalid")


def test_the_inverse_wallet_of_uta_1(exchange: Exchange) -> None:
    """Beside the unified one, whose log it is not."""
    alice = exchange.account(kind=3, USDT="10")
    body = {"coin": "BTC", "amount": "2", "wallet": "CONTRACT"}
    exchange.control("POST", f"/-/accounts/{alice.uid}/fund", body)

    assert changes(alice) == ["2"]
    unified = alice.get("/v5/account/transaction-log").result["list"]
    assert [line["change"] for line in unified] == ["10"]


def test_another_wallet_is_not_in_it(exchange: Exchange, alice: Actor) -> None:
    """The spot wallet of a classic account has movements of its own."""
    before = changes(alice)
    body = {"coin": "BTC", "amount": "2", "wallet": "SPOT"}
    exchange.control("POST", f"/-/accounts/{alice.uid}/fund", body)
    assert changes(alice) == before


def test_after_the_upgrade_it_tells_the_past(exchange: Exchange, alice: Actor) -> None:
    """What left the wallet for the unified one is its last line; nothing is added (1.2)."""
    alice.set(kind=5)
    alice.fund(USDT="1")
    assert sorted(changes(alice)[:2]) == ["-1", "-70"]
    assert changes(alice)[2:] == ["-0.5", "-30", "1.5", "100"]


def test_a_new_account_has_none(exchange: Exchange) -> None:
    """An empty page, and no refusal."""
    alice = exchange.account(USDT="1")
    assert alice.get(PATH).result == {"list": [], "nextPageCursor": ""}


def test_a_key_needs_contract_trade(alice: Actor) -> None:
    """10005; the page asked for "Contract - Position"."""
    assert alice.key(permissions=["Spot:SpotTrade"]).get(PATH).retCode == 10005
    assert alice.key(permissions=["ContractTrade:Position"]).get(PATH).retCode == 0


def test_the_limit_is_ten_a_second(alice: Actor) -> None:
    """As the rate-limit table had it while classic accounts were in it."""
    assert alice.get(PATH).headers["x-bapi-limit"] == "10"


def test_the_documented_shape(alice: Actor) -> None:
    """Of the unified log, whose page took it in, without the two members that came later."""
    ignore = ["result.list[].transSubType", "result.list[].extraFees"]
    reply = alice.get(PATH, "limit=2")
    oracle().assert_matches(reply.json, "account/transaction-log", ignore=ignore)
