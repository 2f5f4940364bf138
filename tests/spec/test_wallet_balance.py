"""GET /v5/account/wallet-balance: every field, as each margin mode has it."""

from decimal import Decimal
from typing import Any

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/account/wallet-balance"
MODE = "/v5/account/set-margin-mode"
SWITCH = "/v5/account/set-collateral-switch"
MARGIN_FIELDS = [
    "accountIMRate", "accountIMRateByMp", "accountMMRate", "accountMMRateByMp", "accountLTV",
    "totalMarginBalance", "totalAvailableBalance", "totalInitialMargin", "totalInitialMarginByMp",
    "totalMaintenanceMargin", "totalMaintenanceMarginByMp",
]  # fmt: skip
COIN_MARGIN_FIELDS = ["totalOrderIM", "totalPositionIM", "totalPositionMM"]


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """12 BTC at 100000, 1000.5 USDT at 0.9998 and 0.5 TSLA, which is no collateral, at 400."""
    for coin, price in {"BTC": "100000", "USDT": "0.9998", "TSLA": "400"}.items():
        exchange.control("PUT", f"/-/prices/{coin}", {"price": price})
    return exchange.account(USDT="1000.5", TSLA="0.5", BTC="12")


def wallet(actor: Actor, query: str = "accountType=UNIFIED") -> dict[str, Any]:
    """The only object of the list."""
    reply = actor.get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    (only,) = reply.result["list"]
    found: dict[str, Any] = only
    return found


def coin(actor: Actor, name: str) -> dict[str, Any]:
    (row,) = wallet(actor, f"accountType=UNIFIED&coin={name}")["coin"]
    found: dict[str, Any] = row
    return found


def test_a_regular_account(alice: Actor) -> None:
    """10 BTC at 0.98 and 2 at 0.95, USDT in full, TSLA not at all (6.4)."""
    found = wallet(alice)

    collateral = Decimal(100000) * (10 * Decimal("0.98") + 2 * Decimal("0.95"))
    usdt = Decimal("1000.5") * Decimal("0.9998")
    expected = str((collateral + usdt).normalize())
    assert found["accountType"] == "UNIFIED"
    assert found["totalEquity"] == str((Decimal(1_200_200) + usdt).normalize())
    assert found["totalWalletBalance"] == expected
    assert found["totalMarginBalance"] == expected
    assert found["totalAvailableBalance"] == expected
    assert found["totalPerpUPL"] == "0"
    assert found["totalInitialMargin"] == found["totalMaintenanceMarginByMp"] == "0"
    assert found["accountIMRate"] == found["accountMMRate"] == found["accountLTV"] == "0"


def test_coins_come_by_value(alice: Actor) -> None:
    """The largest usdValue first (7.1)."""
    rows = wallet(alice)["coin"]
    assert [(row["coin"], row["usdValue"]) for row in rows] == [
        ("BTC", "1200000"),
        ("USDT", "1000.2999"),
        ("TSLA", "200"),
    ]


def test_a_coin(alice: Actor) -> None:
    """Without orders, positions and loans (6.3, 7.1)."""
    assert coin(alice, "USDT") == {
        "availableToBorrow": "", "bonus": "0", "accruedInterest": "0", "availableToWithdraw": "",
        "totalOrderIM": "0", "equity": "1000.5", "totalPositionMM": "0", "usdValue": "1000.2999",
        "spotHedgingQty": "0", "unrealisedPnl": "0", "collateralSwitch": True,
        "borrowAmount": "0.000000000000000000", "totalPositionIM": "0", "walletBalance": "1000.5",
        "cumRealisedPnl": "0", "locked": "0", "marginCollateral": True, "coin": "USDT",
        "spotBorrow": "0", "colRes": "0",
    }  # fmt: skip


def test_a_coin_that_is_no_collateral(alice: Actor) -> None:
    """It has its full value (6.4)."""
    row = coin(alice, "TSLA")
    assert (row["marginCollateral"], row["collateralSwitch"], row["colRes"]) == (
        False,
        False,
        "-1",
    )
    assert row["usdValue"] == "200"


def test_an_empty_account(exchange: Exchange) -> None:
    """All "0" and no coin, as captured in 2025-07 (6.3)."""
    found = wallet(exchange.account())
    assert found.pop("coin") == []
    assert found.pop("accountType") == "UNIFIED"
    assert set(found.values()) == {"0"}


def test_isolated_margin(alice: Actor) -> None:
    """Scenario 2: the account has no margin; its balance is at the plain index (6.3, 6.4)."""
    regular = wallet(alice)
    alice.post(MODE, setMarginMode="ISOLATED_MARGIN")
    found = wallet(alice)

    assert {found[name] for name in MARGIN_FIELDS} == {""}
    assert found["totalEquity"] == regular["totalEquity"]
    assert found["totalWalletBalance"] == regular["totalEquity"]
    assert found["totalPerpUPL"] == "0"
    assert found["coin"] == regular["coin"]


def test_portfolio_margin(alice: Actor) -> None:
    """Scenario 4: coins have no margin, the account has (6.3)."""
    regular = wallet(alice)
    alice.post(MODE, setMarginMode="PORTFOLIO_MARGIN")
    found = wallet(alice)

    assert {row[name] for row in found["coin"] for name in COIN_MARGIN_FIELDS} == {""}
    assert {found[name] for name in MARGIN_FIELDS} & {""} == set()
    assert found["totalMarginBalance"] == regular["totalMarginBalance"]
    assert found["totalAvailableBalance"] == found["totalEquity"]


def test_a_switched_off_coin_counts_nothing(alice: Actor) -> None:
    """Not in totalWalletBalance; its usdValue and totalEquity stay (6.4)."""
    before = wallet(alice)
    alice.post(SWITCH, coin="BTC", collateralSwitch="OFF")
    after = wallet(alice)

    assert after["totalWalletBalance"] == after["totalAvailableBalance"] == "1000.2999"
    assert after["totalEquity"] == before["totalEquity"]
    assert after["coin"][0] == {**before["coin"][0], "collateralSwitch": False}
    alice.post(SWITCH, coin="BTC", collateralSwitch="ON")
    assert wallet(alice) == before


def test_some_coins(alice: Actor) -> None:
    """Also those that are zero, each once; the account stays whole (7.1)."""
    whole = wallet(alice)
    found = wallet(alice, "accountType=UNIFIED&coin=ETH,USDT,ETH")
    assert [(row["coin"], row["equity"]) for row in found.pop("coin")] == [
        ("USDT", "1000.5"),
        ("ETH", "0"),
    ]
    whole.pop("coin")
    assert found == whole


def test_a_coin_that_is_zero_again(alice: Actor) -> None:
    """It is not shown unless it is asked for (7.1)."""
    alice.fund(TSLA="-0.5")
    assert [row["coin"] for row in wallet(alice)["coin"]] == ["BTC", "USDT"]


@pytest.mark.parametrize(
    ("equity", "shown"),
    [("1.000000019", "1.00000001"), ("0.000000009", "0"), ("5000000.50", "5000000.5")],
)
def test_amounts_are_cut(exchange: Exchange, equity: str, shown: str) -> None:
    """At eight decimals, without trailing zeros (6.6)."""
    row = coin(exchange.account(USDC=equity), "USDC")
    assert (row["equity"], row["walletBalance"]) == (shown, shown)


@pytest.mark.parametrize(
    ("kind", "query", "hint"),
    [
        (1, "", "CONTRACT"), (1, "accountType=FUND", "CONTRACT"), (1, "accountType=", "CONTRACT"),
        (3, "accountType=SPOT", "UNIFIED"), (4, "coin=BTC", "UNIFIED"),
        (5, "", "UNIFIED"), (5, "accountType=", "UNIFIED"), (5, "coin=BTC", "UNIFIED"),
        (5, "accountType=CONTRACT", "UNIFIED"), (5, "accountType=SPOT", "UNIFIED"),
        (5, "accountType=FUND", "UNIFIED"), (6, "accountType=CONTRACT", "UNIFIED"),
    ],
)  # fmt: skip
def test_another_account_type(exchange: Exchange, kind: int, query: str, hint: str) -> None:
    """10001, when it is missing, too (7.1); which wallets there are follows from the kind (1.2)."""
    reply = exchange.account(kind=kind).get(PATH, query)
    assert (reply.retCode, reply.retMsg) == (10001, "accountType only support UNIFIED.")
    assert f"accountType={hint}" in exchange.why["hint"]


@pytest.mark.parametrize("coins", ["NOPE", "btc", "BTC,NOPE", "BTC,", "BTC, USDT", "x" * 999])
def test_an_unknown_coin(exchange: Exchange, alice: Actor, coins: str) -> None:
    """10001 (7.1)."""
    reply = alice.get(PATH, f"accountType=UNIFIED&coin={coins.replace(' ', '%20')}")
    assert (reply.retCode, reply.retMsg) == (10001, "params error: coin invalid")


def test_a_classic_account(exchange: Exchange) -> None:
    """HTTP 404 with an empty body (1.2)."""
    classic = exchange.account(kind=1)
    reply = classic.get(PATH, "accountType=UNIFIED")
    assert (reply.status, reply.body) == (404, b"")
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert exchange.why["seen"] == "1 (classic)"
    classic.set(kind=5)
    assert wallet(classic)["totalEquity"] == "0"


@pytest.fixture
def carol(exchange: Exchange) -> Actor:
    """A classic account: 0.01 XRP and 2 BTC to trade derivatives with, 3 USDT to trade spot."""
    carol = exchange.account(kind=1, XRP="0.01", BTC="2")
    body = {"coin": "USDT", "amount": "3", "wallet": "SPOT"}
    exchange.control("POST", f"/-/accounts/{carol.uid}/fund", body)
    return carol


def test_the_derivatives_wallet_of_a_classic_account(carol: Actor) -> None:
    """What a client got in 2024-02, with the members that came later, empty (1.2)."""
    found = wallet(carol, "accountType=CONTRACT")
    rows = found.pop("coin")
    assert found.pop("accountType") == "CONTRACT"
    assert set(found.values()) == {""}
    assert [row["coin"] for row in rows] == ["BTC", "XRP"]
    assert rows[1] == {
        "availableToBorrow": "", "bonus": "", "accruedInterest": "", "availableToWithdraw": "0.01",
        "totalOrderIM": "0", "equity": "0.01", "totalPositionMM": "", "usdValue": "",
        "unrealisedPnl": "0", "collateralSwitch": False, "spotHedgingQty": "0", "borrowAmount": "",
        "totalPositionIM": "0", "walletBalance": "0.01", "cumRealisedPnl": "0", "locked": "",
        "marginCollateral": False, "coin": "XRP", "spotBorrow": "", "colRes": "",
    }  # fmt: skip


def test_the_spot_wallet_of_a_classic_account(carol: Actor) -> None:
    """It alone has `free` (7.1)."""
    found = wallet(carol, "accountType=SPOT")
    (row,) = found.pop("coin")
    assert found.pop("accountType") == "SPOT"
    assert set(found.values()) == {""}
    filled = {name: value for name, value in row.items() if value not in ("", False)}
    assert filled == {"walletBalance": "3", "locked": "0", "coin": "USDT", "free": "3"}


def test_a_bonus_does_not_leave_the_derivatives_wallet(exchange: Exchange, carol: Actor) -> None:
    """It is in the balance, and not in availableToWithdraw."""
    body = {"coin": "XRP", "amount": "5", "bonus": True}
    exchange.control("POST", f"/-/accounts/{carol.uid}/fund", body)
    (row,) = wallet(carol, "accountType=CONTRACT&coin=XRP")["coin"]
    assert (row["walletBalance"], row["availableToWithdraw"]) == ("5.01", "0.01")


@pytest.mark.parametrize("kind", [3, 4])
def test_the_inverse_wallet_of_uta_1(exchange: Exchange, kind: int) -> None:
    """Beside the unified one, which does not see it (1.2)."""
    dave = exchange.account(kind=kind, USDT="1")
    body = {"coin": "BTC", "amount": "2", "wallet": "CONTRACT"}
    exchange.control("POST", f"/-/accounts/{dave.uid}/fund", body)

    (row,) = wallet(dave, "accountType=CONTRACT")["coin"]
    assert (row["coin"], row["equity"], row["availableToWithdraw"]) == ("BTC", "2", "2")
    assert [row["coin"] for row in wallet(dave)["coin"]] == ["USDT"]


@pytest.mark.parametrize("name", ["CONTRACT", "SPOT"])
def test_coins_of_an_older_wallet(carol: Actor, name: str) -> None:
    """Those that are zero, too, if they are asked for; unknown ones are refused."""
    rows = wallet(carol, f"accountType={name}&coin=ETH")["coin"]
    assert [(row["coin"], row["walletBalance"]) for row in rows] == [("ETH", "0")]
    assert carol.get(PATH, f"accountType={name}&coin=NOPE").retCode == 10001


def test_a_coin_of_which_the_exchange_takes_no_more(exchange: Exchange, alice: Actor) -> None:
    """colRes 2; the others keep theirs."""
    exchange.control("PATCH", "/-/collateral/BTC", {"capped": True})
    rows = wallet(alice, "accountType=UNIFIED&coin=BTC,ETH")["coin"]
    assert {row["coin"]: row["colRes"] for row in rows} == {"BTC": "2", "ETH": "0"}


def test_the_limit_is_fifty_a_second(alice: Actor) -> None:
    """As stated (5.1)."""
    assert alice.get(PATH, "accountType=UNIFIED").headers["x-bapi-limit"] == "50"


def test_the_documented_shape(alice: Actor) -> None:
    """With colRes, which the page's table has and its example has not."""
    reply = alice.get(PATH, "accountType=UNIFIED")
    ignore = ["result.list[].coin[].colRes"]
    oracle().assert_matches(reply.json, "account/wallet-balance", ignore=ignore)


@pytest.mark.parametrize(("name", "more"), [("CONTRACT", []), ("SPOT", ["free"])])
def test_the_documented_shape_of_older_wallets(carol: Actor, name: str, more: list[str]) -> None:
    """The same members as of the unified one."""
    reply = carol.get(PATH, f"accountType={name}")
    ignore = [f"result.list[].coin[].{member}" for member in ("colRes", *more)]
    oracle().assert_matches(reply.json, "account/wallet-balance", ignore=ignore)
