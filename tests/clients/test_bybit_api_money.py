"""bybit-api for Node, unmodified: what its own private test-suite calls, and money that moves.

Its rate-limit parsing is switched on, and would throw. Results are those that its suite expects of
the exchange, for account, asset, user and spot margin.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.actors import Actor, Exchange
from tests.clients.test_bybit_api import INSTALLED, answers

pytestmark = pytest.mark.skipif(
    not INSTALLED, reason="Node or its bybit-api is not installed: install Node 20, `make test`"
)

PARSED = {"parseAPIRateLimits": True, "throwOnFailedRateLimitParse": True}
UNIFIED, FUND = "UNIFIED", "FUND"
LINEAR, OPTION = {"category": "linear"}, {"category": "option"}
OF_USDT = {"accountType": UNIFIED, "coin": "USDT"}


def calls(actor: Actor, *wanted: list[Any]) -> list[dict[str, Any]]:
    """The answers, with the limits that the client found in their headers."""
    return answers(actor, *wanted, **PARSED)


def codes(found: list[dict[str, Any]]) -> list[int]:
    """The retCode of each."""
    return [answer["retCode"] for answer in found]


# --- its private test-suite ---------------------------------------------------------------------

READS: list[list[Any]] = [
    ["getWalletBalance", {"accountType": UNIFIED}],
    ["getBorrowHistory"],
    ["getCollateralInfo"],
    ["getCoinGreeks"],
    ["getFeeRate", LINEAR],
    ["getAccountInfo"],
    ["getTransactionLog"],
    ["getCoinExchangeRecords"],
    ["getDeliveryRecord", OPTION],
    ["getSettlementRecords", LINEAR],
    ["getAssetInfo", {"accountType": "SPOT"}],
    ["getAllCoinsBalance", OF_USDT],
    ["getAllCoinsBalance", {"accountType": UNIFIED, "coin": "USDT,ETH"}],
    ["getCoinBalance", OF_USDT],
    ["getTransferableCoinList", "SPOT", "CONTRACT"],
    ["getInternalTransferRecords"],
    ["getCoinInfo"],
    ["getQueryApiKey"],
]
WRITES: list[list[Any]] = [
    ["setMarginMode", "REGULAR_MARGIN"],
    ["toggleSpotMarginTrade", "1"],
    ["setSpotMarginLeverage", "2"],
]
FAKE = ["00000000-0000-0000-0000-000000000000", "USDT", "100", "SPOT", "CONTRACT"]


def a_sub_account(exchange: Exchange) -> Actor:
    """With a key as its master makes it: it may not list transfers, which is for masters."""
    master = exchange.account()
    sub = exchange.account(parent=master.uid, USDT="1000")
    trades = ["ContractTrade:Order", "ContractTrade:Position", "Spot:SpotTrade"]
    others = ["Options:OptionsTrade", "Wallet:AccountTransfer", "Exchange:ExchangeHistory"]
    return sub.key(permissions=[*trades, *others])


def a_master(exchange: Exchange) -> Actor:
    """Who may do everything."""
    return exchange.account(USDT="1000")


@pytest.mark.parametrize("who", [a_master, a_sub_account])
def test_the_suite_succeeds(exchange: Exchange, who: Any) -> None:
    """Each answer has retCode 0, a result, and limits; the client turns those into numbers."""
    found = calls(who(exchange), *READS, *WRITES)

    assert codes(found) == [0] * len(found)
    assert all(isinstance(answer["result"], dict) for answer in found)
    limits = [answer["rateLimitApi"] for answer in found]
    assert all(0 <= limit["remainingRequests"] < limit["maxRequests"] for limit in limits)
    assert all(limit["resetAtTimestamp"] > 1_700_000_000_000 for limit in limits)


def test_the_suites_key_of_a_sub_account(exchange: Exchange) -> None:
    """What is a master's is 10005."""
    found = calls(
        a_sub_account(exchange),
        ["getSubUID"],
        ["getUniversalTransferRecords"],
        ["enableUniversalTransferForSubUIDs", []],
        ["getSubUIDList"],
    )
    assert codes(found) == [10005] * 4


def test_the_suites_fake_ids(exchange: Exchange) -> None:
    """Nobody has them: an answer for each, and nothing changed."""
    alice = a_master(exchange)
    entries = exchange.entries
    universal = {
        "transferId": FAKE[0], "coin": "USDT", "amount": "100", "fromMemberId": 1,
        "toMemberId": 2, "fromAccountType": "SPOT", "toAccountType": "CONTRACT",
    }  # fmt: skip
    found = calls(
        alice,
        ["getSubAccountAllApiKeys", {"subMemberId": "fakeid"}],
        ["setSubUIDFrozenState", 0, 1],
        ["createInternalTransfer", *FAKE],
        ["createUniversalTransfer", universal],
        ["deleteSubMember", {"subMemberId": "1"}],
    )

    assert codes(found) == [10001, 141009, 131207, 131202, 141009]
    assert exchange.entries == entries


def test_the_suites_market_maker_protection(exchange: Exchange) -> None:
    """Of an account for which the exchange has not enabled it."""
    limits = {"deltaLimit": "1", "frozenPeriod": "1", "qtyLimit": "1", "window": "1"}
    found = calls(
        a_sub_account(exchange), ["setMMP", {"baseCoin": "USDT", **limits}], ["resetMMP", "USDT"]
    )
    assert codes(found) == [3500713] * 2


def test_the_suites_sub_account_that_exists(exchange: Exchange) -> None:
    """A name is given once, whoever asks for it."""
    wanted = {"memberType": 1, "username": "sub1account", "switch": 1, "note": "by a test"}
    [first] = calls(a_master(exchange), ["createSubMember", wanted])
    [second] = calls(a_master(exchange), ["createSubMember", wanted])
    assert codes([first, second]) == [0, 31005]


# --- money moves --------------------------------------------------------------------------------


def test_between_wallets(exchange: Exchange) -> None:
    """Every view of both wallets tells the same; the limits count down."""
    ids = [str(uuid4()), str(uuid4())]
    found = calls(
        a_master(exchange),
        ["createInternalTransfer", ids[0], "USDT", "250.5", UNIFIED, FUND],
        ["createInternalTransfer", ids[1], "USDT", "100.25", FUND, UNIFIED],
        ["createInternalTransfer", ids[1], "USDT", "100.25", FUND, UNIFIED],
        ["getInternalTransferRecords", {"coin": "USDT"}],
        ["getAllCoinsBalance", OF_USDT],
        ["getCoinBalance", {"accountType": FUND, "coin": "USDT"}],
        ["getFundingAccountTransactionHistory", {"limit": 1}],
        ["getTransactionLog", {"accountType": UNIFIED, "limit": 1}],
        ["getWithdrawableAmount", {"coin": "USDT"}],
        ["getTransferableAmount", {"coinName": "USDT"}],
    )

    *_, listed, unified, funding, history, log, free, leaves = [each["result"] for each in found]
    assert codes(found)[:3] == [0, 0, 131214]
    assert [each["rateLimitApi"]["remainingRequests"] for each in found[:3]] == [59, 58, 57]
    assert [row["transferId"] for row in listed["list"]] == ids[::-1]
    assert unified["balance"][0]["walletBalance"] == "849.75"
    assert funding["balance"]["walletBalance"] == "150.25"
    assert history["list"][0]["afterAmt"] == "150.25"
    assert log["list"][0]["cashBalance"] == "849.75"
    assert free["withdrawableAmount"]["FUND"]["withdrawableAmount"] == "150.25"
    assert leaves["availableWithdrawalMap"] == {"USDT": "849.75"}


def test_within_a_family(exchange: Exchange) -> None:
    """A master gives to its sub-account, and sees what both have."""
    alice = a_master(exchange)
    sub = exchange.account(parent=alice.uid).uid
    there = {
        "transferId": str(uuid4()), "coin": "USDT", "amount": "12.5", "fromMemberId": alice.uid,
        "toMemberId": sub, "fromAccountType": UNIFIED, "toAccountType": FUND,
    }  # fmt: skip
    made, records, subs, given, family = calls(
        alice,
        ["createUniversalTransfer", there],
        ["getUniversalTransferRecords", {"coin": "USDT"}],
        ["getSubUID"],
        ["getCoinBalance", {"memberId": str(sub), "accountType": FUND, "coin": "USDT"}],
        ["getTotalMembersAssets"],
    )

    assert made["result"] == {"transferId": there["transferId"], "status": "SUCCESS"}
    assert records["result"]["list"][0]["toMemberId"] == str(sub)
    assert subs["result"]["subMemberIds"] == [str(sub)]
    assert given["result"]["balance"]["walletBalance"] == "12.5"
    assert [member["uid"] for member in family["result"]["list"]] == [alice.uid, sub]


def test_loans(exchange: Exchange) -> None:
    """Borrowed and repaid; each view of the debt tells the same."""
    found = calls(
        a_master(exchange),
        ["manualBorrow", {"coin": "ETH", "amount": "0.2"}],
        ["manualRepayWithoutConversion", {"coin": "ETH", "amount": "0.05"}],
        ["getSpotMarginLiability", {"currency": "ETH"}],
        ["getAvailableAmountToRepay", {"currency": "ETH"}],
        ["getCollateralInfo", "ETH"],
        ["getSpotMarginLoanAccountInfo"],
        ["getWalletBalance", {"accountType": UNIFIED, "coin": "ETH"}],
        ["getSpotMarginState"],
        ["manualRepay", {"coin": "ETH"}],
        ["getCollateralInfo", "ETH"],
    )

    assert codes(found) == [0] * len(found)
    liability, available, owed, account, wallet = [each["result"] for each in found[2:7]]
    assert liability["totalBorrowAmount"] == "0.15000000"
    assert available["lossLessRepaymentAmount"] == "0.15000000"
    assert owed["list"][0]["borrowAmount"] == "0.15"
    loans = {row["tokenId"]: row["loan"] for row in account["loanAccountList"]}
    assert loans == {"USDT": "0", "ETH": "0.15"}
    assert wallet["list"][0]["coin"][0]["spotBorrow"] == "0.15"
    assert found[-1]["result"]["list"][0]["borrowAmount"] == "0"


def test_pages(exchange: Exchange) -> None:
    """The client encodes a cursor that is encoded already: both are understood (3.2)."""
    alice = a_master(exchange)
    for _ in range(3):
        alice.fund(USDT="1")
    [first] = calls(alice, ["getTransactionLog", {"limit": 2}])
    cursor = first["result"]["nextPageCursor"]
    [second] = calls(alice, ["getTransactionLog", {"limit": 2, "cursor": cursor}])

    lines = [line["cashBalance"] for each in (first, second) for line in each["result"]["list"]]
    assert lines == ["1003", "1002", "1001", "1000"]
