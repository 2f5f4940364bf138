"""POST /v5/asset/transfer/inter-transfer: between the wallets of one account (7.8)."""

from typing import Any

import pytest
from tests.actors import Actor, Exchange, Reply, oracle

PATH = "/v5/asset/transfer/inter-transfer"
BALANCE = "/v5/asset/transfer/query-account-coin-balance"
ID = "42c0cfb0-6bca-c242-bc76-4e6df6cbcb16"
OTHER_ID = "42c0cfb0-6bca-c242-bc76-4e6df6cbab16"
GOOD = {
    "transferId": ID,
    "coin": "BTC",
    "amount": "0.05",
    "fromAccountType": "UNIFIED",
    "toAccountType": "FUND",
}


def transfer(actor: Actor, **changed: str) -> Reply:
    """A transfer of 0.05 BTC from UNIFIED to FUND, but for what is changed."""
    return actor.post(PATH, **{**GOOD, **changed})


def held(actor: Actor, wallet: str, coin: str = "BTC") -> str:
    """What a wallet holds."""
    found = actor.get(BALANCE, f"accountType={wallet}&coin={coin}").result
    return str(found["balance"]["walletBalance"])


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """An account with 1 BTC in its unified wallet."""
    return exchange.account(BTC="1")


def test_there_and_back(exchange: Exchange, alice: Actor) -> None:
    """The answer has the id and SUCCESS; the money is at once in the other wallet."""
    reply = transfer(alice)

    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {"transferId": ID, "status": "SUCCESS"}
    assert (held(alice, "UNIFIED"), held(alice, "FUND")) == ("0.95", "0.05")

    back = transfer(alice, transferId=OTHER_ID, fromAccountType="FUND", toAccountType="UNIFIED")

    assert back.result == {"transferId": OTHER_ID, "status": "SUCCESS"}
    assert (held(alice, "UNIFIED"), held(alice, "FUND")) == ("1", "0")


def test_the_log_of_it(alice: Actor) -> None:
    """TRANSFER_OUT and TRANSFER_IN of the unified wallet, each with the transfer's id (7.7)."""
    transfer(alice)
    transfer(alice, transferId=OTHER_ID, fromAccountType="FUND", toAccountType="UNIFIED")
    lines = alice.get("/v5/account/transaction-log", "limit=2").result["list"]
    assert [(line["type"], line["change"], line["tradeId"]) for line in lines] == [
        ("TRANSFER_IN", "0.05", OTHER_ID),
        ("TRANSFER_OUT", "-0.05", ID),
    ]


@pytest.mark.parametrize(
    ("kind", "giving", "taking"),
    [
        (1, "CONTRACT", "SPOT"),
        (1, "SPOT", "FUND"),
        (1, "FUND", "CONTRACT"),
        (3, "UNIFIED", "CONTRACT"),
        (4, "CONTRACT", "FUND"),
        (5, "FUND", "UNIFIED"),
        (6, "UNIFIED", "FUND"),
    ],
)
def test_the_wallets_of_each_kind(exchange: Exchange, kind: int, giving: str, taking: str) -> None:
    """From any of them to any other (1.1)."""
    alice = exchange.account(kind=kind)
    fund = {"coin": "BTC", "amount": "1", "wallet": giving}
    exchange.control("POST", f"/-/accounts/{alice.uid}/fund", fund)

    assert transfer(alice, fromAccountType=giving, toAccountType=taking).retCode == 0

    assert (held(alice, giving), held(alice, taking)) == ("0.95", "0.05")


CURES: list[tuple[dict[str, Any], int, str]] = [
    ({"transferId": "1", "coin": "NOPE", "amount": "many", "fromAccountType": "SPOT",
      "toAccountType": "VAULT"}, 10001, "params error: toAccountType invalid"),
    ({"toAccountType": "UNIFIED"}, 131203, "request parameter err: transferId invalid"),
    ({"transferId": ID}, 131203, "request parameter err: amount invalid"),
    ({"amount": "-1.000000001"}, 131214, "TransferId exist"),
    ({"transferId": OTHER_ID}, 131207, "Account not exist"),
    ({"fromAccountType": "UNIFIED"}, 131211,
     "fromAccountType can't be the same as toAccountType"),
    ({"toAccountType": "FUND"}, 131206, "cannot be transfer"),
    ({"coin": "BTC"}, 131210, "Amount accuracy error"),
    ({"amount": "-1.00000001"}, 131215, "Amount error"),
    ({"amount": "0.95000001"}, 131212, "Insufficient balance"),
    ({"amount": "0.95"}, 0, "success"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CURES)))
def test_the_first_refusal_wins(alice: Actor, number: int) -> None:
    """Each line of the table cures the fault above it; 0.95 BTC are left."""
    transfer(alice)
    body = {name: value for cure, _, _ in CURES[: number + 1] for name, value in cure.items()}
    reply = alice.post(PATH, **body)
    assert (reply.retCode, reply.retMsg) == CURES[number][1:]


def test_while_the_account_is_upgraded(exchange: Exchange) -> None:
    """3100197 (1.3), before the wallets are looked at; afterwards it goes."""
    alice = exchange.account(vip="VIP-1", BTC="1")
    alice.post("/v5/account/upgrade-to-uta")
    assert transfer(alice, toAccountType="SPOT").retCode == 3100197
    exchange.clock.advance(5_000)
    assert transfer(alice).retCode == 0


def test_a_refusal_changes_nothing(exchange: Exchange, alice: Actor) -> None:
    """No balance, no entry; its id may be used for another; and it says what to do."""
    entries = exchange.entries
    assert transfer(alice, amount="1.1").retCode == 131212
    assert exchange.entries == entries
    assert exchange.why["expected"] == "at most 1 BTC"
    assert exchange.why["hint"].startswith("Transfer less")
    assert (held(alice, "UNIFIED"), held(alice, "FUND")) == ("1", "0")
    assert transfer(alice).retCode == 0


@pytest.mark.parametrize("again", [ID, ID.upper()])
def test_an_id_is_used_once_on_the_platform(exchange: Exchange, alice: Actor, again: str) -> None:
    """By its maker or by another account, in small letters or in capitals."""
    transfer(alice)
    assert transfer(alice, transferId=again).retCode == 131214
    assert transfer(exchange.account(BTC="1"), transferId=again).retCode == 131214
    assert held(alice, "FUND") == "0.05"


@pytest.mark.parametrize(
    "transfer_id",
    ["", "1", f"selfTransfer_{ID}", ID[:-1], ID + "0", ID.replace("-", ""), ID[:-1] + "g",
     "42c0cfb06-bca-c242-bc76-4e6df6cbcb16", "42c0cfb0-6bca-c242-bc76- e6df6cbcb16"],
)  # fmt: skip
def test_what_is_no_uuid(alice: Actor, transfer_id: str) -> None:
    """131203, in the words that were seen for an amount."""
    reply = transfer(alice, transferId=transfer_id)
    assert (reply.retCode, reply.retMsg) == (131203, "request parameter err: transferId invalid")


@pytest.mark.parametrize(
    "amount", ["", "a", "1e3", "+1", ".5", "1.", "0x1", "1,5", "NaN", "1" * 31]
)
def test_what_is_no_amount(alice: Actor, amount: str) -> None:
    """131203, as the live service answered when there was none."""
    reply = transfer(alice, amount=amount)
    assert (reply.retCode, reply.retMsg) == (131203, "request parameter err: amount invalid")


@pytest.mark.parametrize("missing", ["transferId", "coin", "amount"])
def test_what_is_missing(alice: Actor, missing: str) -> None:
    """The same answer: a missing amount was seen."""
    body = {name: value for name, value in GOOD.items() if name != missing}
    reply = alice.post(PATH, **body)
    assert (reply.retCode, reply.retMsg) == (131203, f"request parameter err: {missing} invalid")


@pytest.mark.parametrize(
    ("coin", "amount", "code"),
    [
        ("BTC", "0.00000001", 0),
        ("BTC", "0.000000001", 131210),
        ("BTC", "0.1000000000", 0),
        ("USDT", "1.00000001", 0),
        ("XRP", "1.00000001", 0),
        ("XRP", "1.000000001", 131210),
        ("SOL", "1.00000001", 0),
        ("SOL", "1.000000001", 131210),
        ("BTC", "0", 131215),
        ("BTC", "-0.05", 131215),
        ("BTC", "1000000000000000", 131212),
        ("BTC", "1000000000000000.00000001", 131215),
    ],
)
def test_decimals_and_bounds(exchange: Exchange, coin: str, amount: str, code: int) -> None:
    """As many as its most exact chain has (4 of USDT, 2 of XRP), 8 where none is known."""
    alice = exchange.account(BTC="2", USDT="2", XRP="2", SOL="2")
    assert transfer(alice, coin=coin, amount=amount).retCode == code


def test_a_bonus_stays(exchange: Exchange, alice: Actor) -> None:
    """It is margin, but cannot leave (6.8): of 1 BTC and a bonus of 0.5 BTC, 1 BTC can."""
    bonus = {"coin": "BTC", "amount": "0.5", "bonus": True}
    exchange.control("POST", f"/-/accounts/{alice.uid}/fund", bonus)
    assert transfer(alice, amount="1.00000001").retCode == 131212
    assert transfer(alice, amount="1").retCode == 0
    assert held(alice, "UNIFIED") == "0.5"


def test_a_bonus_of_a_classic_account_stays_too(exchange: Exchange) -> None:
    """It is in the wallet that the account trades from."""
    alice = exchange.account(kind=1, BTC="1")
    bonus = {"coin": "BTC", "amount": "0.5", "bonus": True}
    exchange.control("POST", f"/-/accounts/{alice.uid}/fund", bonus)
    there = {"fromAccountType": "CONTRACT", "toAccountType": "SPOT"}
    assert transfer(alice, amount="1.00000001", **there).retCode == 131212
    assert transfer(alice, amount="1", **there).retCode == 0


@pytest.mark.parametrize("mode", ["REGULAR_MARGIN", "ISOLATED_MARGIN", "PORTFOLIO_MARGIN"])
def test_all_of_it_in_any_margin_mode(exchange: Exchange, mode: str) -> None:
    """Without orders, positions and loans nothing is held back; the account info rests."""
    alice = exchange.account(BTC="1")
    alice.post("/v5/account/set-margin-mode", setMarginMode=mode)
    before = alice.info
    exchange.clock.advance(60_000)
    assert transfer(alice, amount="1").retCode == 0
    assert (held(alice, "UNIFIED"), held(alice, "FUND")) == ("0", "1")
    assert alice.info == before


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ({"permissions": ["Wallet:AccountTransfer"]}, 0),
        ({"permissions": ["Wallet:SubMemberTransfer", "Wallet:Withdraw"]}, 10005),
        ({"permissions": ["ContractTrade:Order", "Spot:SpotTrade"]}, 10005),
        ({"readOnly": True}, 10005),
    ],
)
def test_who_may(alice: Actor, key: dict[str, Any], code: int) -> None:
    """A key that writes and holds AccountTransfer (4.4)."""
    assert transfer(alice.key(**key)).retCode == code


def test_a_sub_account_between_its_own_wallets(exchange: Exchange, alice: Actor) -> None:
    """It needs nobody's leave."""
    assert transfer(exchange.account(parent=alice.uid, BTC="1")).retCode == 0


def test_the_limit_is_sixty_a_minute(exchange: Exchange, alice: Actor) -> None:
    """As stated (5.1); the sixty-first waits for the first to be a minute old."""
    first = transfer(alice)
    assert first.headers["x-bapi-limit"] == "60"
    assert [transfer(alice).retCode for _ in range(60)] == [131214] * 59 + [10006]
    exchange.clock.advance(60_000)
    assert transfer(alice).retCode == 131214


def test_the_documented_shape(alice: Actor) -> None:
    """transferId and status."""
    oracle().assert_matches(transfer(alice).json, "asset/transfer/create-inter-transfer")
