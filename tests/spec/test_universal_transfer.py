"""POST /v5/asset/transfer/universal-transfer: between the accounts of a family (7.8, 4.4)."""

from typing import Any, NamedTuple

import pytest
from tests.actors import Actor, Exchange, Reply, oracle

PATH = "/v5/asset/transfer/universal-transfer"
BALANCE = "/v5/asset/transfer/query-account-coin-balance"
ID = "be7a2462-1138-4e27-80b1-62653f24925e"
OTHER_ID = "be7a2462-1138-4e27-80b1-62653f24925f"


class Family(NamedTuple):
    """A master with 2 ETH, two subs with 1 ETH each, and somebody else."""

    master: Actor
    first: Actor
    second: Actor
    stranger: Actor


@pytest.fixture
def family(exchange: Exchange) -> Family:
    master = exchange.account(ETH="2")
    first = exchange.account(parent=master.uid, ETH="1")
    second = exchange.account(parent=master.uid, ETH="1")
    return Family(master, first, second, exchange.account(ETH="1"))


def transfer(actor: Actor, giver: Actor, taker: Actor, **changed: Any) -> Reply:
    """Half an ETH from one unified wallet to another, but for what is changed."""
    body = {
        "transferId": ID,
        "coin": "ETH",
        "amount": "0.5",
        "fromMemberId": giver.uid,
        "toMemberId": taker.uid,
        "fromAccountType": "UNIFIED",
        "toAccountType": "UNIFIED",
    }
    return actor.post(PATH, **{**body, **changed})


def held(actor: Actor, wallet: str = "UNIFIED") -> str:
    """What a wallet holds of ETH."""
    found = actor.get(BALANCE, f"accountType={wallet}&coin=ETH").result
    return str(found["balance"]["walletBalance"])


@pytest.mark.parametrize(
    ("giver", "taker", "balances"),
    [
        ("master", "first", ["1.5", "1.5", "1"]),
        ("first", "master", ["2.5", "0.5", "1"]),
        ("first", "second", ["2", "0.5", "1.5"]),
    ],
)
def test_by_the_master(family: Family, giver: str, taker: str, balances: list[str]) -> None:
    """Down, up, and between two subs; the answer has the id and SUCCESS."""
    reply = transfer(family.master, getattr(family, giver), getattr(family, taker))

    assert (reply.retCode, reply.retMsg) == (0, "success")
    assert reply.result == {"transferId": ID, "status": "SUCCESS"}
    assert [held(actor) for actor in family[:3]] == balances


def test_by_a_sub_account(family: Family) -> None:
    """From its own wallet to its master's."""
    first = family.first.key(permissions=["Wallet:SubMemberTransferList"])
    assert transfer(first, family.first, family.master, toAccountType="FUND").retCode == 0
    assert (held(family.first), held(family.master, "FUND")) == ("0.5", "0.5")


def test_both_logs(family: Family) -> None:
    """The one gave, the other took; the id stands in both (7.7)."""
    transfer(family.master, family.first, family.second)
    logs = [
        actor.get("/v5/account/transaction-log", "limit=1").result["list"]
        for actor in (family.first, family.second)
    ]
    assert [(line["type"], line["change"], line["tradeId"]) for (line,) in logs] == [
        ("TRANSFER_OUT", "-0.5", ID),
        ("TRANSFER_IN", "0.5", ID),
    ]


@pytest.mark.parametrize(
    ("caller", "giver", "taker", "permissions", "code"),
    [
        ("master", "master", "first", ["Wallet:SubMemberTransfer"], 0),
        ("master", "master", "first", ["Wallet:AccountTransfer", "Wallet:Withdraw"], 10005),
        ("master", "master", "stranger", ["Wallet:AccountTransfer"], 10005),
        ("first", "first", "master", ["Wallet:SubMemberTransferList"], 0),
        ("first", "first", "master", ["Wallet:AccountTransfer"], 131227),
        ("first", "first", "second", ["Wallet:SubMemberTransferList"], 131227),
        ("first", "second", "master", ["Wallet:SubMemberTransferList"], 131227),
        ("first", "master", "first", ["Wallet:SubMemberTransferList"], 131227),
        ("first", "first", "stranger", ["Wallet:SubMemberTransferList"], 131227),
        ("first", "first", "first", ["Wallet:SubMemberTransferList"], 131227),
    ],
)
def test_who_may(
    family: Family, caller: str, giver: str, taker: str, permissions: list[str], code: int
) -> None:
    """A master's key with SubMemberTransfer; a sub's with SubMemberTransferList, to its master."""
    key = getattr(family, caller).key(permissions=permissions)
    reply = transfer(key, getattr(family, giver), getattr(family, taker))
    assert reply.retCode == code


def test_the_words_for_a_sub_account(family: Family) -> None:
    """131227, with its text."""
    reply = transfer(family.first, family.first, family.second)
    text = "subaccount do not have universal transfer permission"
    assert (reply.retCode, reply.retMsg) == (131227, text)


def test_a_read_only_key(family: Family) -> None:
    """10005."""
    assert transfer(family.master.key(readOnly=True), *family[:2]).retCode == 10005


@pytest.mark.parametrize(
    ("giver", "taker", "code", "text"),
    [
        ("master", "stranger", 131209, "Get subMember relation error"),
        ("stranger", "master", 131209, "Get subMember relation error"),
        ("master", "master", 131202, "Invalid memberId"),
    ],
)
def test_who_is_not_meant(family: Family, giver: str, taker: str, code: int, text: str) -> None:
    """Only within the family, and not to oneself."""
    reply = transfer(family.master, getattr(family, giver), getattr(family, taker))
    assert (reply.retCode, reply.retMsg) == (code, text)


@pytest.mark.parametrize("uid", [0, -1, 1, 10**15])
def test_who_does_not_exist(family: Family, uid: int) -> None:
    """131202."""
    reply = transfer(family.master, family.master, family.first, toMemberId=uid)
    assert (reply.retCode, reply.retMsg) == (131202, "Invalid memberId")


def test_a_deleted_sub_account(exchange: Exchange, family: Family) -> None:
    """131202: it does not exist any more."""
    child = exchange.account(parent=family.master.uid)
    family.master.post("/v5/user/del-submember", subMemberId=str(child.uid))
    assert transfer(family.master, family.master, child).retCode == 131202


@pytest.mark.parametrize(
    ("giver", "taker", "code", "text"),
    [
        ("master", "first", 131231, "Transfers into this account are not supported"),
        ("first", "second", 131232, "Transfers out this account are not supported"),
    ],
)
def test_a_frozen_sub_account(family: Family, giver: str, taker: str, code: int, text: str) -> None:
    """It neither gives nor takes, until it is thawed."""
    ends = getattr(family, giver), getattr(family, taker)
    family.master.post("/v5/user/frozen-sub-member", subuid=family.first.uid, frozen=1)
    reply = transfer(family.master, *ends)
    assert (reply.retCode, reply.retMsg) == (code, text)
    family.master.post("/v5/user/frozen-sub-member", subuid=family.first.uid, frozen=0)
    assert transfer(family.master, *ends).retCode == 0


@pytest.mark.parametrize(("giver", "taker"), [("master", "first"), ("first", "master")])
def test_while_one_of_them_is_upgraded(
    exchange: Exchange, family: Family, giver: str, taker: str
) -> None:
    """3100197, until it is done."""
    ends = getattr(family, giver), getattr(family, taker)
    family.master.set(vipLevel="VIP-1")
    family.first.post("/v5/account/upgrade-to-uta")
    assert transfer(family.master, *ends).retCode == 3100197
    exchange.clock.advance(5_000)
    assert transfer(family.master, *ends).retCode == 0


CURES: list[tuple[dict[str, Any], int, str]] = [
    ({"transferId": "1", "coin": "NOPE", "amount": "much", "fromAccountType": "CONTRACT",
      "toAccountType": "EARN"}, 10001, "params error: toAccountType invalid"),
    ({"toAccountType": "SPOT"}, 131203, "params error:[transferId]"),
    ({"transferId": ID}, 131203, "params error:[amount]"),
    ({"amount": "-1.000000001"}, 131214, "TransferId exist"),
    ({"transferId": OTHER_ID, "toMemberId": 1}, 131202, "Invalid memberId"),
    ({"toMemberId": "stranger"}, 131209, "Get subMember relation error"),
    ({"toMemberId": "first"}, 131207, "Account not exist"),
    ({"fromAccountType": "UNIFIED"}, 131207, "Account not exist"),
    ({"toAccountType": "FUND"}, 131206, "cannot be transfer"),
    ({"coin": "ETH"}, 131210, "Amount accuracy error"),
    ({"amount": "0"}, 131215, "Amount error"),
    ({"amount": "1.50000001"}, 131212, "Insufficient balance"),
    ({"amount": "1.5"}, 0, "success"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CURES)))
def test_the_first_refusal_wins(family: Family, number: int) -> None:
    """Each line of the table cures the fault above it; the master has 1.5 ETH left."""
    transfer(family.master, family.master, family.first)
    uids = {name: actor.uid for name, actor in family._asdict().items()}
    cured = {name: value for cure, _, _ in CURES[: number + 1] for name, value in cure.items()}
    body = {name: uids.get(value, value) for name, value in cured.items()}
    reply = transfer(family.master, family.master, family.first, **body)
    assert (reply.retCode, reply.retMsg) == CURES[number][1:]


def test_permission_comes_before_the_id(family: Family) -> None:
    """A key that may not transfer does not learn which ids are used."""
    transfer(family.master, family.master, family.first)
    poor = family.master.key(permissions=["Wallet:AccountTransfer"])
    assert transfer(poor, family.master, family.first).retCode == 10005


def test_an_id_of_the_other_kind_of_transfer(family: Family) -> None:
    """A UUID is unique across the platform, so both kinds share them."""
    own = {"fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    inter = "/v5/asset/transfer/inter-transfer"
    family.stranger.post(inter, transferId=ID, coin="ETH", amount="0.1", **own)
    assert transfer(family.master, family.master, family.first).retCode == 131214


def test_the_same_wallet_of_two_accounts_is_two(family: Family) -> None:
    """Unlike an inter-transfer, its wallets may have the same name."""
    reply = transfer(
        family.master, family.master, family.first, fromAccountType="UNIFIED",
        toAccountType="UNIFIED",
    )  # fmt: skip
    assert reply.retCode == 0


def test_a_refusal_changes_nothing(exchange: Exchange, family: Family) -> None:
    """No balance and no entry."""
    entries = exchange.entries
    assert transfer(family.master, family.first, family.second, amount="1.1").retCode == 131212
    assert exchange.entries == entries
    assert [held(actor) for actor in family] == ["2", "1", "1", "1"]


def test_the_limit_is_five_a_second(family: Family) -> None:
    """As stated (5.1)."""
    assert transfer(family.master, *family[:2]).headers["x-bapi-limit"] == "5"


def test_the_documented_shape(family: Family) -> None:
    """transferId and status."""
    reply = transfer(family.master, *family[:2])
    oracle().assert_matches(reply.json, "asset/transfer/unitransfer")
