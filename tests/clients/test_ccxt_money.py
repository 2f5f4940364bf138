"""ccxt, unmodified: an account is checked, its money moves, and every number agrees.

Each method is ccxt's own, as its manual names it; nothing is set but the URL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import ROUND_DOWN, Decimal
from typing import Any, NamedTuple

import ccxt
import pytest
from ccxt import async_support
from tests.actors import Actor, Exchange
from tests.clients.live import HOUR, live, requests
from tests.clients.test_ccxt import bybit, config

MODES = {"isolated": "ISOLATED_MARGIN", "cross": "REGULAR_MARGIN", "portfolio": "PORTFOLIO_MARGIN"}
WALLETS = {
    1: ["CONTRACT", "SPOT", "FUND"],
    3: ["UNIFIED", "CONTRACT", "FUND"],
    4: ["UNIFIED", "CONTRACT", "FUND"],
    5: ["UNIFIED", "FUND"],
    6: ["UNIFIED", "FUND"],
}
"""What an account of each kind has (1.1)."""

COINS = "BTC,ETH,USDC,USDT"

Amounts = dict[str, Decimal]


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """A fresh exchange whose limits are off, as ccxt's own limiter is in most tests here."""
    with live(rate_limits="off") as exchange:
        yield exchange


@pytest.fixture(scope="module")
def loaded() -> Iterator[Any]:
    """A client that has loaded the markets; others take them from it, as ccxt offers."""
    with live() as exchange, bybit(exchange.account(), enableRateLimit=False) as client:
        client.load_markets()
        yield client


@contextmanager
def user_of(actor: Actor, loaded: Any) -> Iterator[Any]:
    """A client with the actor's key and the markets, which does not wait between its calls."""
    with bybit(actor, enableRateLimit=False) as client:
        client.set_markets_from_exchange(loaded)
        yield client


def put(actor: Actor, wallet: str, coin: str, amount: str) -> None:
    """Money from outside, into one wallet."""
    body = {"coin": coin, "amount": amount, "wallet": wallet}
    actor.exchange.control("POST", f"/-/accounts/{actor.uid}/fund", body)


def stocked(exchange: Exchange, kind: int) -> Actor:
    """An account with another amount of USDT in each of its wallets."""
    alice = exchange.account(kind=kind)
    amounts = {"UNIFIED": "10", "CONTRACT": "20", "SPOT": "30", "FUND": "40"}
    for wallet in WALLETS[kind]:
        put(alice, wallet, "USDT", amounts[wallet])
    return alice


def number(value: Any) -> Decimal:
    """A number as a client has it, in decimal digits."""
    return Decimal(str(value))


def by_coin(rows: Iterable[Any], coin: str, amount: str) -> Amounts:
    """The amounts of rows, by coin, without zeros."""
    amounts = {row[coin]: number(row[amount]) for row in rows}
    return {name: held for name, held in amounts.items() if held}


def summed(moves: Iterable[tuple[str, Decimal]]) -> Amounts:
    """All that moved of each coin, without zeros."""
    sums: Amounts = {}
    for coin, amount in moves:
        sums[coin] = sums.get(coin, Decimal(0)) + amount
    return {coin: held for coin, held in sums.items() if held}


def coins(actor: Actor, wallet: str) -> Amounts:
    """What the exchange's own door for transfers says that a wallet holds."""
    query = f"accountType={wallet}&coin={COINS}"
    reply = actor.get("/v5/asset/transfer/query-account-coins-balance", query)
    return by_coin(reply.result["balance"], "coin", "walletBalance")


# --- balances -----------------------------------------------------------------------------------

ASKED: dict[str, dict[str, str]] = {
    "default": {},
    "swap": {"type": "swap"},
    "inverse": {"type": "swap", "subType": "inverse"},
    "spot": {"type": "spot"},
    "funding": {"type": "funding"},
}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (1, [20, 20, 20, 30, 40]),
        (3, [10, 10, 20, 10, 40]),
        (4, [10, 10, 20, 10, 40]),
        (5, [10, 10, 10, 10, 40]),
        (6, [10, 10, 10, 10, 40]),
    ],
)
def test_fetch_balance(exchange: Exchange, loaded: Any, kind: int, expected: list[int]) -> None:
    """Each type reads the wallet that an account of this kind has for it (1.1, 1.2)."""
    with user_of(stocked(exchange, kind), loaded) as client:
        seen = [client.fetch_balance(params) for params in ASKED.values()]

    assert [balance["total"] for balance in seen] == [{"USDT": amount} for amount in expected]
    assert [balance["free"] for balance in seen] == [{"USDT": amount} for amount in expected]


@pytest.mark.parametrize(("kind", "amount"), [(1, 30), (5, 10)])
def test_fetch_balance_of_spot_margin(
    exchange: Exchange, loaded: Any, kind: int, amount: int
) -> None:
    """With a margin mode ccxt asks elsewhere: for a classic account's spot wallet, or unified's."""
    with user_of(stocked(exchange, kind), loaded) as client:
        balance = client.fetch_balance({"type": "spot", "marginMode": "cross"})

    assert balance["USDT"] == {"free": amount, "used": 0, "total": amount, "debt": 0}


@pytest.mark.parametrize("kind", WALLETS)
def test_is_unified_enabled(exchange: Exchange, loaded: Any, kind: int) -> None:
    """ccxt keeps the kind for later."""
    with user_of(exchange.account(kind=kind), loaded) as client:
        assert client.is_unified_enabled() == [False, kind > 1]
        assert client.options["unifiedMarginStatus"] == kind


# --- fees, coins, tiers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "maker", "taker"),
    [
        ("BTC/USDT", 0.001, 0.001),
        ("BTC/USDT:USDT", 0.0002, 0.00055),
        ("BTC/USD:BTC", 0.0002, 0.00055),
        ("BTC/USDT:USDT-270625-106000-P", 0.0002, 0.0003),
    ],
)
def test_fetch_trading_fee(
    exchange: Exchange, loaded: Any, symbol: str, maker: float, taker: float
) -> None:
    """Of each type of market (7.6)."""
    with user_of(exchange.account(), loaded) as client:
        fee = client.fetch_trading_fee(symbol)

    assert (fee["symbol"], fee["maker"], fee["taker"]) == (symbol, maker, taker)


def test_fetch_trading_fees(exchange: Exchange, loaded: Any) -> None:
    """Of every linear contract, though ccxt names no category; VIP-2 pays less."""
    with user_of(exchange.account(vip="VIP-2"), loaded) as client:
        fees = client.fetch_trading_fees()

    assert {*fees} == {market["symbol"] for market in contracts(loaded) if market["linear"]}
    assert {(fee["maker"], fee["taker"]) for fee in fees.values()} == {(0.00016, 0.000375)}


def contracts(client: Any) -> list[Any]:
    """Its perpetuals and futures."""
    markets = client.markets.values()
    return [market for market in markets if market["contract"] and not market["option"]]


def test_fetch_deposit_withdraw_fees(exchange: Exchange, loaded: Any) -> None:
    """By the networks of each currency; of several there is no one fee."""
    with user_of(exchange.account(), loaded) as client:
        fees = client.fetch_deposit_withdraw_fees(["BTC", "USDT"])
        currencies = client.fetch_currencies()

    assert fees["BTC"]["withdraw"] == {"fee": 0.000085, "percentage": False}
    assert fees["USDT"]["withdraw"]["fee"] is None
    assert {*fees["USDT"]["networks"]} == {*currencies["USDT"]["networks"]} > {"ERC20"}


def test_fetch_leverage_tiers(exchange: Exchange, loaded: Any) -> None:
    """ccxt follows the pages, and finds of each market what it finds of it alone."""
    with user_of(exchange.account(), loaded) as client:
        linear = client.fetch_leverage_tiers()
        inverse = client.fetch_leverage_tiers(params={"subType": "inverse"})
        alone = client.fetch_market_leverage_tiers("BTC/USDT:USDT")

    assert {*linear} == {market["symbol"] for market in contracts(loaded) if market["linear"]}
    assert {*inverse} == {market["symbol"] for market in contracts(loaded) if market["inverse"]}
    assert linear["BTC/USDT:USDT"] == alone
    assert alone[0]["maxLeverage"] == 150


@pytest.mark.parametrize("params", [{}, {"type": "swap", "subType": "inverse"}, {"type": "option"}])
def test_fetch_my_settlement_history(exchange: Exchange, loaded: Any, params: Any) -> None:
    """Nothing of hers was delivered."""
    with user_of(exchange.account(), loaded) as client:
        assert client.fetch_my_settlement_history(params=params) == []


# --- transfers ----------------------------------------------------------------------------------

READ = {"swap": "contract", "funding": "fund"}
"""What ccxt calls a wallet in a transfer that it reads, where it is not what it was asked for."""


@pytest.mark.parametrize(
    ("kind", "here", "there"),
    [
        (1, "spot", "swap"),
        (1, "swap", "spot"),
        (1, "spot", "funding"),
        (1, "funding", "swap"),
        (3, "unified", "swap"),
        (3, "swap", "funding"),
        (4, "unified", "funding"),
        (5, "unified", "funding"),
        (5, "funding", "unified"),
        (6, "unified", "fund"),
    ],
)
def test_transfer(exchange: Exchange, loaded: Any, kind: int, here: str, there: str) -> None:
    """There and half of it back, by ccxt's names for the wallets; its list has both."""
    alice, ids = exchange.account(kind=kind), loaded.options["accountsByType"]
    put(alice, ids[here], "USDT", "100.5")
    with user_of(alice, loaded) as client:
        went = client.transfer("USDT", 50.25, here, there)
        back = client.transfer("USDT", 25.125, there, here)
        listed = client.fetch_transfers("USDT")

    assert (went["status"], went["amount"], went["currency"]) == ("ok", 50.25, "USDT")
    assert (went["fromAccount"], went["toAccount"]) == (here, there)
    wallets = READ.get(here, here), READ.get(there, there)
    assert {
        (entry["id"], entry["fromAccount"], entry["toAccount"], entry["amount"], entry["status"])
        for entry in listed
    } == {
        (went["id"], *wallets, 50.25, "ok"),
        (back["id"], *reversed(wallets), 25.125, "ok"),
    }
    assert coins(alice, ids[here]) == {"USDT": Decimal("75.375")}
    assert coins(alice, ids[there]) == {"USDT": Decimal("25.125")}


@pytest.mark.parametrize(
    ("kind", "here", "there", "amount", "error", "code"),
    [
        (5, "spot", "swap", 1, ccxt.BadRequest, 131207),
        (5, "unified", "swap", 1, ccxt.BadRequest, 131207),
        (1, "unified", "funding", 1, ccxt.BadRequest, 131207),
        (5, "unified", "unified", 1, ccxt.BadRequest, 131211),
        (5, "unified", "funding", 100.01, ccxt.InsufficientFunds, 131212),
    ],
)
def test_a_refused_transfer(
    exchange: Exchange,
    loaded: Any,
    kind: int,
    here: str,
    there: str,
    amount: float,
    error: type[Exception],
    code: int,
) -> None:
    """ccxt's own exception for the code, and nothing moved."""
    alice = exchange.account(kind=kind, USDT="100")
    entries = exchange.entries
    with user_of(alice, loaded) as client, pytest.raises(error, match=f'"retCode":{code}'):
        client.transfer("USDT", amount, here, there)

    assert exchange.why["hint"]
    assert exchange.entries == entries


def test_fetch_transfers_page_by_page(exchange: Exchange, loaded: Any) -> None:
    """More than a page has: ccxt follows the cursor, and finds each once."""
    with user_of(exchange.account(USDT="100"), loaded) as client:
        made = [client.transfer("USDT", 1, "unified", "funding")["id"] for _ in range(55)]
        newest = client.fetch_transfers("USDT", limit=2)
        every = client.fetch_transfers(params={"paginate": True})
        others = client.fetch_transfers("BTC")

    assert {entry["id"] for entry in newest} == {*made[-2:]}
    assert {entry["id"] for entry in every} == {*made}
    assert (len(every), others) == (55, [])


# --- the ledger ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "params", "amount", "log"),
    [
        (1, {}, 20, "contract-transaction-log"),
        (3, {}, 10, "transaction-log"),
        (3, {"subType": "inverse"}, 20, "contract-transaction-log"),
        (4, {"subType": "inverse"}, 20, "contract-transaction-log"),
        (5, {"subType": "inverse"}, 10, "transaction-log"),
        (6, {}, 10, "transaction-log"),
    ],
)
def test_fetch_ledger(
    exchange: Exchange, loaded: Any, kind: int, params: Any, amount: int, log: str
) -> None:
    """Of the wallet that ccxt means: UTA 1.0 keeps inverse contracts apart (1.2)."""
    with user_of(stocked(exchange, kind), loaded) as client:
        [entry] = client.fetch_ledger("USDT", params=params)

    assert (entry["amount"], entry["before"], entry["after"]) == (amount, 0, amount)
    assert (entry["direction"], entry["type"], entry["currency"]) == ("in", "transaction", "USDT")
    assert requests(exchange)[-1]["path"] == f"/v5/account/{log}"


def test_fetch_ledger_page_by_page(exchange: Exchange, loaded: Any) -> None:
    """By coin, from a time, a few, and all of more than a page."""
    alice = exchange.account(BTC="1")
    for _ in range(55):
        alice.fund(USDT="1")
    with user_of(alice, loaded) as client:
        every = client.fetch_ledger(params={"paginate": True})
        newest = client.fetch_ledger("USDT", limit=2)
        recent = client.fetch_ledger("BTC", since=client.milliseconds() - HOUR)
        later = client.fetch_ledger(since=client.milliseconds() + HOUR)

    assert len({entry["id"] for entry in every}) == len(every) == 56
    assert {entry["after"] for entry in newest} == {54, 55}
    assert [entry["amount"] for entry in recent] == [1]
    assert later == []


# --- loans --------------------------------------------------------------------------------------


def test_borrow_and_repay(exchange: Exchange, loaded: Any) -> None:
    """A loan is more balance and a debt; repaid, both are less."""
    with user_of(exchange.account(USDT="10000"), loaded) as client:
        borrowed = client.borrow_cross_margin("ETH", 1.5)
        owed = client.fetch_borrow_interest("ETH")[0]
        repaid = client.repay_cross_margin("ETH", 0.5)
        balance = client.fetch_balance()["ETH"]

    assert (borrowed["currency"], borrowed["amount"]) == ("ETH", 1.5)
    assert (owed["amountBorrowed"], owed["marginMode"]) == (1.5, "cross")
    assert (repaid["currency"], repaid["amount"]) == ("ETH", 0.5)
    assert balance["total"] == 1
    assert 1 <= balance["debt"] < 1.0001


@pytest.mark.parametrize("kind", [3, 4, 5, 6])
def test_an_isolated_account_borrows_nothing(exchange: Exchange, loaded: Any, kind: int) -> None:
    """Refused, with a hint."""
    with user_of(exchange.account(kind=kind, USDT="10000"), loaded) as client:
        client.set_margin_mode("isolated")
        with pytest.raises(ccxt.ExchangeError):
            client.borrow_cross_margin("ETH", 1)
        assert client.fetch_borrow_interest("ETH") == []

    assert exchange.why["hint"]


def test_borrow_rates(exchange: Exchange, loaded: Any) -> None:
    """By the hour, the same now and in the history; ccxt corrects its clock by itself."""
    exchange.clock.advance(HOUR)
    with user_of(exchange.account(), loaded) as client:
        client.load_time_difference()
        since = client.milliseconds() - HOUR
        now = client.fetch_cross_borrow_rate("USDT")
        past = client.fetch_borrow_rate_history("USDT", since=since)

    assert (now["currency"], now["period"]) == ("USDT", HOUR)
    assert [(entry["rate"], entry["timestamp"] % HOUR) for entry in past] == [(now["rate"], 0)]


def test_interest(exchange: Exchange, loaded: Any) -> None:
    """After an hour it is in the ledger, the borrow history and the balance, the same amount."""
    alice = exchange.account(USDT="10000")
    with user_of(alice, loaded) as client:
        client.borrow_cross_margin("ETH", 2)
        rate = client.fetch_cross_borrow_rate("ETH")["rate"]
        exchange.clock.advance(HOUR)
        client.load_time_difference()
        paid = client.fetch_ledger("ETH", params={"type": "INTEREST"})
        total = client.fetch_balance()["ETH"]["total"]

    charges = alice.get("/v5/account/borrow-history", "currency=ETH").result["list"]
    cost = sum(number(charge["borrowCost"]) for charge in charges)
    assert cost == 2 * number(rate) * len(charges) > 0
    assert sum(number(entry["info"]["change"]) for entry in paid) == -cost
    assert number(total) == 2 - cost


# --- check my account and move money ------------------------------------------------------------


class Check(NamedTuple):
    """What a user knows of an account who asked ccxt."""

    balance: Any
    funding: Any
    transfers: Any
    ledger: Any
    loans: Any


def move_money(client: Any, home: str) -> None:
    """Out of the trading wallet, and some of it back."""
    client.transfer("USDT", 250.5, home, "funding")
    client.transfer("BTC", 0.125, home, "funding")
    client.transfer("USDT", 100.25, "funding", home)


def check_account(client: Any) -> Check:
    """All that there is to know."""
    return Check(
        client.fetch_balance(),
        client.fetch_balance({"type": "funding"}),
        client.fetch_transfers(),
        client.fetch_ledger(),
        client.fetch_borrow_interest(),
    )


def check_balances(alice: Actor, wallet: str, check: Check) -> None:
    """Balance, ledger, transfers, logs and overviews: one account, told in many ways."""
    shown = alice.get("/v5/account/wallet-balance", f"accountType={wallet}").result["list"][0]
    held = by_coin(shown["coin"], "coin", "walletBalance")
    assert {coin: number(total) for coin, total in check.balance["total"].items()} == held
    assert coins(alice, wallet) == held
    assert summed((line["currency"], signed(line)) for line in check.ledger) == held

    funding = coins(alice, "FUND")
    assert {coin: number(total) for coin, total in check.funding["total"].items()} == funding
    assert summed((move["currency"], to_funding(move)) for move in check.transfers) == funding
    history = alice.get("/v5/asset/fundinghistory").result["list"]
    assert by_coin(reversed(history), "currency", "afterAmt") == funding

    overview = alice.get("/v5/asset/asset-overview").result
    assert [by_coin(row["coinDetail"], "coin", "equity") for row in overview["list"]] == [
        funding,
        by_coin(shown["coin"], "coin", "equity"),
    ]
    family = alice.get("/v5/asset/total-members-assets").result["list"][0]
    assert cut(family["origb"]) == number(overview["totalEquity"])


def check_unified(alice: Actor, check: Check) -> None:
    """What only a unified account has: totals, debts, and what may leave."""
    shown = alice.get("/v5/account/wallet-balance", "accountType=UNIFIED").result["list"][0]
    total = number(shown["totalEquity"])
    assert sum(number(coin["usdValue"]) for coin in shown["coin"]) == total
    overview = alice.get("/v5/asset/asset-overview", "accountType=UnifiedTradingAccount").result
    assert number(overview["totalEquity"]) == cut(total)
    portfolio = alice.get("/v5/asset/portfolio-margin").result["wallet"]
    assert number(portfolio["equity"]) == total

    debts = by_coin(shown["coin"], "coin", "borrowAmount")
    assert by_coin(check.loans, "currency", "amountBorrowed") == debts
    collateral = alice.get("/v5/account/collateral-info").result["list"]
    assert by_coin(collateral, "currency", "borrowAmount") == debts
    assert by_coin(shown["coin"], "coin", "spotBorrow") == debts
    lent = [line for line in check.ledger if line["info"]["type"] in ("BORROW", "REPAY")]
    assert summed((line["currency"], signed(line)) for line in lent) == debts

    query = f"accountType=UNIFIED&coin={COINS}"
    leaves = alice.get("/v5/asset/transfer/query-account-coins-balance", query).result["balance"]
    withdrawal = alice.get("/v5/account/withdrawal", f"coinName={COINS}").result
    assert withdrawal["availableWithdrawalMap"] == {
        row["coin"]: row["transferBalance"] for row in leaves
    }
    usdt = alice.get("/v5/asset/withdraw/withdrawable-amount", "coin=USDT").result
    available = usdt["withdrawableAmount"]["UTA"]["withdrawableAmount"]
    assert available == withdrawal["availableWithdrawalMap"]["USDT"]


def signed(line: Any) -> Decimal:
    """The amount of a ledger's line, negative if it went out."""
    return number(line["amount"]) * (1 if line["direction"] == "in" else -1)


def to_funding(move: Any) -> Decimal:
    """What a transfer brought into the funding wallet, or took from it."""
    return number(move["amount"]) * (1 if move["toAccount"] == "fund" else -1)


def cut(amount: Any) -> Decimal:
    """With two decimals."""
    return number(amount).quantize(Decimal("0.01"), ROUND_DOWN)


def rich(exchange: Exchange, kind: int = 5) -> Actor:
    """An account with three coins in the wallet that it trades from."""
    return exchange.account(kind=kind, USDT="5000", USDC="1000", BTC="1")


@pytest.mark.parametrize("kind", [3, 4, 5, 6])
@pytest.mark.parametrize("mode", ["cross", "portfolio"])
def test_a_unified_account(exchange: Exchange, loaded: Any, kind: int, mode: str) -> None:
    """In two modes and four kinds, with a loan of which a part is repaid."""
    alice = rich(exchange, kind)
    with user_of(alice, loaded) as client:
        client.set_margin_mode(mode)
        move_money(client, "unified")
        client.borrow_cross_margin("ETH", 2)
        client.repay_cross_margin("ETH", 0.5)
        check = check_account(client)
        fetched = client.fetch_margin_mode("BTC/USDT:USDT")["marginMode"]

    assert (fetched, alice.info["marginMode"]) == (mode, MODES[mode])
    assert check.balance["total"] == {"USDT": 4849.75, "USDC": 1000, "BTC": 0.875, "ETH": 1.5}
    check_balances(alice, "UNIFIED", check)
    check_unified(alice, check)


@pytest.mark.parametrize("kind", [3, 4, 5, 6])
def test_an_isolated_account(exchange: Exchange, loaded: Any, kind: int) -> None:
    """In the third mode, without loans."""
    alice = rich(exchange, kind)
    with user_of(alice, loaded) as client:
        client.set_margin_mode("isolated")
        move_money(client, "unified")
        check = check_account(client)
        fetched = client.fetch_margin_mode("BTC/USDT:USDT")["marginMode"]

    assert (fetched, alice.info["marginMode"]) == ("isolated", "ISOLATED_MARGIN")
    assert check.balance["total"] == {"USDT": 4849.75, "USDC": 1000, "BTC": 0.875}
    check_balances(alice, "UNIFIED", check)
    check_unified(alice, check)


def test_a_classic_account(exchange: Exchange, loaded: Any) -> None:
    """With the derivatives wallet in the place of the unified one."""
    alice = rich(exchange, 1)
    with user_of(alice, loaded) as client:
        move_money(client, "swap")
        check = check_account(client)

    assert check.balance["total"] == {"USDT": 4849.75, "USDC": 1000, "BTC": 0.875}
    check_balances(alice, "CONTRACT", check)
    assert check.loans == []


@pytest.mark.parametrize("kind", [3, 4])
def test_the_wallet_of_inverse_contracts(exchange: Exchange, loaded: Any, kind: int) -> None:
    """UTA 1.0 has one: its balance, its log and the overview agree, too."""
    alice = rich(exchange, kind)
    with user_of(alice, loaded) as client:
        client.transfer("BTC", 0.5, "unified", "swap")
        client.transfer("BTC", 0.125, "swap", "unified")
        client.transfer("BTC", 0.0625, "swap", "funding")
        balance = client.fetch_balance({"type": "swap", "subType": "inverse"})
        ledger = client.fetch_ledger(params={"subType": "inverse"})

    held = {"BTC": Decimal("0.3125")}
    assert by_coin([{"coin": "BTC", **balance["BTC"]}], "coin", "total") == held
    assert summed((line["currency"], signed(line)) for line in ledger) == held
    assert coins(alice, "CONTRACT") == held
    overview = alice.get("/v5/asset/asset-overview", "accountType=CONTRACT").result["list"]
    assert [by_coin(row["coinDetail"], "coin", "equity") for row in overview] == [held]


@pytest.mark.parametrize("mode", ["cross", "portfolio"])
def test_what_may_leave_can_be_moved(exchange: Exchange, loaded: Any, mode: str) -> None:
    """Beside a loan: a cent more is refused, and all of it goes."""
    alice = exchange.account(USDT="10000")
    with user_of(alice, loaded) as client:
        client.set_margin_mode(mode)
        client.borrow_cross_margin("ETH", 2)
        answer = client.privateGetV5AccountWithdrawal({"coinName": "USDT"})["result"]
        free = cut(answer["availableWithdrawal"])
        with pytest.raises(ccxt.InsufficientFunds):
            client.transfer("USDT", float(free) + 0.01, "unified", "funding")
        client.transfer("USDT", float(free), "unified", "funding")
        moved = client.fetch_balance({"type": "funding"})["USDT"]["total"]

    assert 0 < free < 10_000
    assert number(moved) == free


# --- as it comes: ccxt's limiter and the exchange's limits on, sync and async -------------------


def test_an_ordinary_script() -> None:
    """ccxt waits between its calls as it sees fit, which the exchange's limits allow."""
    with live() as exchange, bybit(rich(exchange)) as client:
        client.load_markets()
        client.set_margin_mode("portfolio")
        move_money(client, "unified")
        client.fetch_trading_fees()
        check = check_account(client)

    assert check.balance["total"] == {"USDT": 4849.75, "USDC": 1000, "BTC": 0.875}
    assert check.funding["total"] == {"USDT": 150.25, "BTC": 0.125}
    assert (len(check.transfers), len(check.ledger)) == (3, 6)


async def at_once(actor: Actor) -> Any:
    """The same over one asynchronous client; what only reads is asked for at once.

    A level is named where ccxt's own, `No VIP`, would stand in the URL with a bare space: over
    aiohttp that is no HTTP request, and 400.
    """
    client = async_support.bybit(config(actor))
    try:
        await client.load_markets()
        await client.set_margin_mode("portfolio")
        await client.transfer("USDT", 250.5, "unified", "funding")
        await client.transfer("USDT", 100.25, "funding", "unified")
        await client.borrow_cross_margin("ETH", 2)
        await client.repay_cross_margin("ETH", 0.5)
        return await asyncio.gather(
            client.fetch_balance(),
            client.fetch_balance({"type": "funding"}),
            client.fetch_transfers(),
            client.fetch_ledger(),
            client.fetch_borrow_interest("ETH"),
            client.fetch_margin_mode("BTC/USDT:USDT"),
            client.fetch_trading_fee("BTC/USDT:USDT"),
            client.fetch_trading_fees(),
            client.fetch_cross_borrow_rate("ETH", {"vipLevel": "VIP-1"}),
            client.fetch_borrow_rate_history("ETH"),
            client.fetch_deposit_withdraw_fees(["BTC"]),
            client.fetch_leverage_tiers(),
            client.fetch_my_settlement_history(),
            client.is_unified_enabled(),
        )
    finally:
        await client.close()


def test_the_asynchronous_client() -> None:
    """Other HTTP, the same money."""
    with live() as exchange:
        answers = asyncio.run(at_once(exchange.account(USDT="5000")))

    balance, funding, transfers, ledger, owed, mode, fee, fees, rate, *others = answers
    past, withdrawal, tiers, settled, unified = others
    assert balance["total"] == {"USDT": 4849.75, "ETH": 1.5}
    assert funding["total"] == {"USDT": 150.25}
    assert {entry["amount"] for entry in transfers} == {250.5, 100.25}
    assert [entry["info"]["type"] for entry in ledger].count("BORROW") == 1
    assert (owed[0]["amountBorrowed"], mode["marginMode"]) == (1.5, "portfolio")
    assert fees["BTC/USDT:USDT"] == fee
    assert (rate["currency"], rate["period"]) == ("ETH", HOUR)
    assert (past, settled, unified) == ([], [], [False, True])
    assert withdrawal["BTC"]["withdraw"]["fee"] == 0.000085
    assert tiers["BTC/USDT:USDT"][0]["maxLeverage"] == 150
