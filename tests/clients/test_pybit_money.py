"""pybit, unmodified: every method of its account, asset, user and spot margin classes."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pybit._v5_account import AccountHTTP
from pybit._v5_asset import AssetHTTP
from pybit._v5_spot_margin_trade import SpotMarginTradeHTTP
from pybit._v5_user import UserHTTP
from pybit.exceptions import FailedRequestError, InvalidRequestError
from tests.actors import Actor, Exchange
from tests.clients.live import HOUR, live
from tests.clients.test_pybit import pybit

HERE = Path(__file__).parent

DEPOSITS = "deposits and withdrawals are not there yet"
CONVERSIONS = "conversions are not there yet"
FIAT = "fiat is not there yet"
AFFILIATES = "affiliates are not there yet"
TAKEN_DOWN = "the exchange took the page down: classic accounts' spot margin"

LACKING = {
    "get_allowed_deposit_coin_info": DEPOSITS,
    "set_deposit_account": DEPOSITS,
    "get_deposit_records": DEPOSITS,
    "get_sub_deposit_records": DEPOSITS,
    "get_internal_deposit_records": DEPOSITS,
    "get_master_deposit_address": DEPOSITS,
    "get_sub_deposit_address": DEPOSITS,
    "get_withdrawal_address_list": DEPOSITS,
    "get_withdrawal_records": DEPOSITS,
    "get_exchange_entity_list": DEPOSITS,
    "withdraw": DEPOSITS,
    "cancel_withdrawal": DEPOSITS,
    "get_convert_coin_list": CONVERSIONS,
    "request_a_quote": CONVERSIONS,
    "confirm_a_quote": CONVERSIONS,
    "get_convert_status": CONVERSIONS,
    "get_convert_history": CONVERSIONS,
    "get_small_balance_coins": CONVERSIONS,
    "request_a_quote_small_balance": CONVERSIONS,
    "confirm_a_quote_small_balance": CONVERSIONS,
    "get_exchange_history_small_balance": CONVERSIONS,
    "get_fiat_balance": FIAT,
    "get_fiat_trading_pair_list": FIAT,
    "get_fiat_convert_history": FIAT,
    "request_a_quote_fiat_convert": FIAT,
    "get_fiat_reference_price": FIAT,
    "confirm_a_quote_fiat_convert": FIAT,
    "get_fiat_convert_status": FIAT,
    "get_affiliate_user_info": AFFILIATES,
    "get_affiliate_user_list": AFFILIATES,
    "get_affiliate_sub_list": AFFILIATES,
    "spot_margin_trade_normal_get_vip_margin_data": TAKEN_DOWN,
    "spot_margin_trade_normal_get_margin_coin_info": TAKEN_DOWN,
    "spot_margin_trade_normal_get_borrowable_coin_info": TAKEN_DOWN,
    "spot_margin_trade_normal_get_interest_quota": TAKEN_DOWN,
    "spot_margin_trade_normal_borrow": TAKEN_DOWN,
    "spot_margin_trade_normal_repay": TAKEN_DOWN,
    "spot_margin_trade_normal_get_borrow_order_detail": TAKEN_DOWN,
    "spot_margin_trade_normal_get_repayment_order_detail": TAKEN_DOWN,
    "spot_margin_trade_normal_toggle_margin_trade": TAKEN_DOWN,
}
"""The methods whose path is not here, and why."""

UNSIGNED = [
    "spot_margin_trade_get_position_tiers",
    "spot_margin_trade_get_coin_state",
    "spot_margin_trade_get_currency_data",
]
"""What pybit does not sign, although the documentation's example does."""


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """A fresh exchange whose limits are off: pybit would wait for a second after each loan."""
    with live(rate_limits="off") as exchange:
        yield exchange


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master with 1,000 USDT."""
    return exchange.account(USDT="1000")


@pytest.fixture
def session(alice: Actor) -> Iterator[Any]:
    """Hers."""
    with pybit(alice) as session:
        yield session


# --- none is forgotten --------------------------------------------------------------------------


def methods() -> set[str]:
    """The public methods of the four classes."""
    classes = (AccountHTTP, AssetHTTP, UserHTTP, SpotMarginTradeHTTP)
    return {
        name
        for each in classes
        for name, value in vars(each).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }


def test_every_method_is_called_or_lacking() -> None:
    """In this file or its neighbour, by its name; a new release of pybit brings more."""
    text = "".join(path.read_text() for path in HERE.glob("test_pybit*.py"))
    called = {name for name in methods() if f"session.{name}(" in text or f'"{name}",' in text}
    assert methods() - called == {*LACKING}


@pytest.mark.parametrize("name", LACKING)
def test_a_method_that_is_lacking(session: Any, name: str) -> None:
    """HTTP 404, like every path that is not there: when it is, this says that it is to be tried."""
    with pytest.raises(FailedRequestError) as raised:
        getattr(session, name)()

    assert raised.value.status_code == 404


@pytest.mark.parametrize("name", UNSIGNED)
def test_a_method_that_is_not_signed(session: Any, name: str) -> None:
    """HTTP 401, as its page asks for a signature."""
    with pytest.raises(FailedRequestError) as raised:
        getattr(session, name)(currency="BTC")

    assert raised.value.status_code == 401


# --- what only reads ----------------------------------------------------------------------------

NONE: list[Any] = []
LINEAR, OPTION = {"category": "linear"}, {"category": "option"}
BTC, SPOT = {"currency": "BTC"}, {"accountType": "SPOT"}
WALLETS = {"fromAccountType": "UNIFIED", "toAccountType": "FUND"}


@pytest.mark.parametrize(
    ("name", "asked", "path", "expected"),
    [
        ("get_wallet_balance", {"accountType": "UNIFIED"}, "list.0.coin.0.walletBalance", "1000"),
        ("get_transferable_amount", {"coinName": "USDT"}, "availableWithdrawal", "1000"),
        ("get_transaction_log", {}, "list.0.cashBalance", "1000"),
        ("get_contract_transaction_log", {}, "list", NONE),
        ("get_borrow_history", {}, "list", NONE),
        ("get_coin_greeks", {"baseCoin": "BTC"}, "list.0.totalDelta", "0"),
        ("get_fee_rates", {**LINEAR, "symbol": "BTCUSDT"}, "list.0.takerFeeRate", "0.00055"),
        ("get_account_instruments_info", {**LINEAR, "symbol": "BTCUSDT"}, "list.0.symbol",
         "BTCUSDT"),
        ("get_coin_exchange_records", {}, "orderBody", NONE),
        ("get_option_delivery_record", OPTION, "list", NONE),
        ("get_usdc_contract_settlement", LINEAR, "list", NONE),
        ("get_spot_asset_info", SPOT, "spot.assets", NONE),
        ("get_transferable_coin", WALLETS, "list.0", "BTC"),
        ("get_coin_info", {"coin": "BTC"}, "rows.0.chains.0.chain", "BTC"),
        ("get_uid_wallet_type", {}, "accounts.0.accountType", ["UNIFIED", "FUND"]),
        ("get_escrow_sub_members", {}, "subMembers", NONE),
        ("get_friend_referrals", {}, "records", NONE),
        ("spot_margin_trade_get_vip_margin_data", {**BTC, "vipLevel": "VIP-1"},
         "vipCoinList.0.list.0.currency", "BTC"),
        ("get_tiered_collateral_ratio", BTC, "list.0.collateralRatioList.0.minQty", "0"),
        ("spot_margin_trade_get_max_borrowable", {"currency": "ETH"}, "currency", "ETH"),
        ("spot_margin_trade_get_repayment_available_amount", {"currency": "ETH"},
         "lossLessRepaymentAmount", "0.00000000"),
        ("spot_margin_trade_normal_get_loan_account_info", {}, "loanAccountList.0.total", "1000"),
    ],
)  # fmt: skip
def test_a_query(session: Any, name: str, asked: Any, path: str, expected: Any) -> None:
    """One member of its answer."""
    found = getattr(session, name)(**asked)["result"]
    for step in path.split("."):
        found = found[int(step) if step.isdigit() else step]

    assert found == expected


# --- money moves --------------------------------------------------------------------------------


def test_between_wallets(session: Any) -> None:
    """Every view of both wallets tells the same."""
    wanted = {"transferId": str(uuid4()), "coin": "USDT", "amount": "250.5"}
    made = session.create_internal_transfer(**wanted, **WALLETS)["result"]
    [listed] = session.get_internal_transfer_records(coin="USDT")["result"]["list"]
    unified = session.get_coins_balance(accountType="UNIFIED", coin="USDT")["result"]["balance"]
    funding = session.get_coin_balance(accountType="FUND", coin="USDT")["result"]["balance"]
    [history] = session.get_funding_acc_history(limit=5)["result"]["list"]
    overview = session.get_asset_overview()["result"]["list"]
    free = session.get_withdrawable_amount(coin="USDT")["result"]["withdrawableAmount"]

    assert made == {"transferId": wanted["transferId"], "status": "SUCCESS"}
    assert int(listed.pop("timestamp")) % 1000 == 0
    assert listed == {**wanted, **WALLETS, "status": "SUCCESS"}
    assert (unified[0]["walletBalance"], unified[0]["transferBalance"]) == ("749.5", "749.5")
    assert (funding["walletBalance"], funding["transferBalance"]) == ("250.5", "250.5")
    assert (history["ioDirection"], history["txnAmt"], history["afterAmt"]) == (
        "I", "250.5", "250.5",
    )  # fmt: skip
    assert {row["accountType"]: row["coinDetail"] for row in overview} == {
        "FundingAccount": [{"equity": "250.5", "coin": "USDT"}],
        "UnifiedTradingAccount": [{"equity": "749.5", "coin": "USDT"}],
    }
    assert (free["FUND"]["withdrawableAmount"], free["UTA"]["withdrawableAmount"]) == (
        "250.5", "749.5",
    )  # fmt: skip


def test_the_same_transfer_twice(session: Any) -> None:
    """Its id is taken: 131214, and the money moves once."""
    wanted = {"transferId": str(uuid4()), "coin": "USDT", "amount": "400", **WALLETS}
    session.create_internal_transfer(**wanted)
    with pytest.raises(InvalidRequestError) as raised:
        session.create_internal_transfer(**wanted)
    funding = session.get_coin_balance(accountType="FUND", coin="USDT")["result"]["balance"]

    assert (raised.value.status_code, raised.value.message) == (131214, "TransferId exist")
    assert funding["walletBalance"] == "400"


def test_pages(alice: Actor, session: Any) -> None:
    """pybit sends a cursor as it came."""
    for _ in range(3):
        alice.fund(USDT="1")
    first = session.get_transaction_log(limit=2)["result"]
    second = session.get_transaction_log(limit=2, cursor=first["nextPageCursor"])["result"]

    balances = [line["cashBalance"] for line in first["list"] + second["list"]]
    assert balances == ["1003", "1002", "1001", "1000"]
    assert second["nextPageCursor"] == ""


def test_loans(exchange: Exchange, alice: Actor) -> None:
    """Borrowed by hand, repaid both ways, charged by the hour; the quick way is for other debts."""
    with pybit(alice, recv_window=2 * HOUR) as session:
        session.borrow(coin="ETH", amount="0.2")
        session.manual_no_convert_repay(coin="ETH", amount="0.05")
        session.repay(coin="ETH", amount="0.05")
        with pytest.raises(InvalidRequestError) as raised:
            session.repay_liability(coin="ETH")
        [shown] = session.get_wallet_balance(accountType="UNIFIED", coin="ETH")["result"]["list"]
        exchange.clock.advance(HOUR)
        charge = session.get_borrow_history(currency="ETH")["result"]["list"][0]
        paid = session.get_transaction_log(type="INTEREST")["result"]["list"][0]

    assert raised.value.status_code == 182120
    assert (shown["coin"][0]["walletBalance"], shown["coin"][0]["spotBorrow"]) == ("0.1", "0.1")
    assert (charge["currency"], charge["borrowAmount"]) == ("ETH", "0.1")
    assert Decimal(charge["borrowCost"]) == Decimal("0.1") * Decimal(charge["hourlyBorrowRate"])
    assert (paid["currency"], paid["change"]) == ("ETH", f"-{charge['borrowCost']}")


# --- settings -----------------------------------------------------------------------------------


def test_collateral(session: Any) -> None:
    """Switched one by one and together."""
    session.set_collateral_coin(coin="BTC", collateralSwitch="OFF")
    switches = [
        {"coin": "BTC", "collateralSwitch": "ON"},
        {"coin": "ETH", "collateralSwitch": "OFF"},
    ]
    together = session.batch_set_collateral_coin(request=switches)
    shown = [
        session.get_collateral_info(currency=coin)["result"]["list"][0]["collateralSwitch"]
        for coin in ("BTC", "ETH")
    ]

    assert together["result"]["list"] == switches
    assert shown == [True, False]


def test_market_maker_protection(alice: Actor, session: Any) -> None:
    """Set, read and reset for a coin that the exchange enabled."""
    alice.set(mmpCoins=["BTC"])
    limits = {
        "window": "5000", "frozenPeriod": "100000", "qtyLimit": "50.25", "deltaLimit": "20",
    }  # fmt: skip
    done = session.set_mmp(baseCoin="BTC", **limits)
    [state] = session.get_mmp_state(baseCoin="BTC")["result"]["result"]
    reset = session.reset_mmp(baseCoin="BTC")

    assert done == reset == {"retCode": 0, "retMsg": "success"}
    assert {name: state[name] for name in limits} == limits
    assert (state["mmpEnabled"], state["mmpFrozen"]) == (True, False)


def test_user_settings(session: Any) -> None:
    """Price limit behaviour and delta neutral mode."""
    session.set_limit_price_action(category="spot", modifyEnable=True)
    session.set_delta_mode(deltaEnable="1")
    config = session.get_user_setting_config()["result"]

    assert (config["lpaSpot"], config["lpaPerp"], config["deltaEnable"]) == (True, False, True)


def test_spot_margin(session: Any) -> None:
    """Switched on, with a leverage, and repaying by itself."""
    mode = session.spot_margin_trade_toggle_margin_trade(spotMarginMode="1")
    session.spot_margin_trade_set_leverage(leverage="4")
    state = session.spot_margin_trade_get_status_and_leverage()["result"]
    session.set_auto_repay_mode(autoRepayMode="1", currency="ETH")
    repays = session.get_auto_repay_mode(currency="ETH")["result"]

    assert mode["result"] == {"spotMarginMode": "1"}
    assert (state["spotMarginMode"], state["spotLeverage"]) == ("1", "4")
    assert repays["data"] == [{"autoRepayMode": "1", "currency": "ETH"}]


def test_spot_margin_of_a_classic_account(exchange: Exchange) -> None:
    """It has none here: 176037."""
    with pybit(exchange.account(kind=1)) as session, pytest.raises(InvalidRequestError) as raised:
        session.spot_margin_trade_get_status_and_leverage()

    assert raised.value.status_code == 176037
    assert exchange.why["hint"]


def test_interest_rates(exchange: Exchange, alice: Actor) -> None:
    """By full hours; pybit is given a window that is wide enough for a clock an hour ahead."""
    exchange.clock.advance(HOUR)
    with pybit(alice, recv_window=2 * HOUR) as session:
        asked = {"currency": "BTC", "startTime": exchange.clock() - HOUR}
        rows = session.spot_margin_trade_get_historical_interest_rate(
            **asked, endTime=exchange.clock()
        )["result"]["list"]

    assert [(row["currency"], row["timestamp"] % HOUR) for row in rows] == [("BTC", 0)]


def test_agreement(session: Any) -> None:
    """Signed, as the message says."""
    assert session.sign_agreement(category=2, agree=True)["retMsg"] == "success"


# --- a family -----------------------------------------------------------------------------------

GRANTED = {"Wallet": ["AccountTransfer", "SubMemberTransferList"], "Spot": ["SpotTrade"]}


def test_a_sub_account(exchange: Exchange, alice: Actor, session: Any) -> None:
    """Made, given money and a key, which sends the money back; frozen, thawed and deleted."""
    sub = session.create_sub_uid(username="robot1234", memberType=1)["result"]["uid"]
    key = session.create_sub_api_key(subuid=int(sub), readOnly=0, permissions=GRANTED)["result"]
    lists = [session.get_sub_uid_list(), session.get_sub_uid_list_unlimited()]
    ids = session.get_sub_uid()["result"]["subMemberIds"]
    session.enable_universal_transfer_for_sub_uid(subMemberIds=[sub])
    there = moved(alice.uid, int(sub), "UNIFIED", "FUND")
    session.create_universal_transfer(**there)
    given = session.get_coins_balance(memberId=sub, accountType="FUND")["result"]["balance"]

    robot = Actor(exchange, int(sub), key["apiKey"], key["secret"])
    back = moved(int(sub), alice.uid, "FUND", "UNIFIED")
    with pybit(robot) as sub_session:
        sub_session.create_universal_transfer(**back)
    records = session.get_universal_transfer_records(coin="USDT")["result"]["list"]

    session.freeze_sub_uid(subuid=int(sub), frozen=1)
    frozen = session.get_sub_uid_list()["result"]["subMembers"][0]["status"]
    session.freeze_sub_uid(subuid=int(sub), frozen=0)
    session.delete_sub_uid(subMemberId=sub)

    assert [entry["result"]["subMembers"][0]["uid"] for entry in lists] == [sub, sub]
    assert (ids, frozen) == ([sub], 4)
    assert [(row["coin"], row["walletBalance"]) for row in given] == [("USDT", "12.5")]
    assert [row["transferId"] for row in records] == [back["transferId"], there["transferId"]]
    assert session.get_sub_uid()["result"]["subMemberIds"] == []


def moved(giver: int, taker: int, out_of: str, into: str) -> dict[str, Any]:
    """A transfer between two accounts."""
    return {
        "transferId": str(uuid4()),
        "coin": "USDT",
        "amount": "12.5",
        "fromMemberId": giver,
        "toMemberId": taker,
        "fromAccountType": out_of,
        "toAccountType": into,
    }


def test_keys_of_a_sub_account(exchange: Exchange, alice: Actor, session: Any) -> None:
    """Made, listed, changed and deleted by its master."""
    sub = exchange.account(parent=alice.uid).uid
    key = session.create_sub_api_key(subuid=sub, readOnly=0, permissions=GRANTED)["result"]
    session.modify_sub_api_key(apikey=key["apiKey"], readOnly=1)
    listed = session.get_all_sub_api_keys(subMemberId=str(sub))["result"]["result"]
    session.delete_sub_api_key(apikey=key["apiKey"])
    left = session.get_all_sub_api_keys(subMemberId=str(sub))["result"]["result"]

    states = {row["apiKey"]: (row["readOnly"], row["secret"]) for row in listed}
    assert states[key["apiKey"]] == (True, "******")
    assert [row["apiKey"] for row in left] == [
        row["apiKey"] for row in listed if row["apiKey"] != key["apiKey"]
    ]


def test_a_masters_own_key(alice: Actor, exchange: Exchange) -> None:
    """Changed, and deleted by itself; then it is unknown."""
    with pybit(alice.key()) as session:
        groups = {"Wallet": ["AccountTransfer"], "Spot": ["SpotTrade"]}
        changed = session.modify_master_api_key(readOnly=0, permissions=groups)["result"]
        session.delete_master_api_key()
        with pytest.raises(InvalidRequestError) as raised:
            session.get_api_key_information()

    assert changed["permissions"]["Wallet"] == ["AccountTransfer"]
    assert raised.value.status_code == 10003
