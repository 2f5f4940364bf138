"""A master and its sub-accounts, from the first day to the last."""

from typing import Any

from tests.actors import Actor, Exchange, Reply

USER = "/v5/user"
TRANSFER = "/v5/asset/transfer"
INFO = "/v5/account/info"


def test_the_life_of_a_sub_account(exchange: Exchange) -> None:
    """Made, given a key, frozen, thawed, made read-only, left without a key, deleted."""
    master = exchange.account()
    wanted = {"username": "child01", "memberType": 1}

    made = master.post(f"{USER}/create-sub-member", **wanted, note="first").result
    uid = int(made["uid"])
    key = master.post(
        f"{USER}/create-sub-api",
        subuid=uid,
        readOnly=0,
        permissions={"Wallet": ["AccountTransfer"], "ContractTrade": ["Order", "Position"]},
    ).result
    child = Actor(exchange, uid, key["apiKey"], key["secret"])
    assert (child.info["unifiedMarginStatus"], child.info["marginMode"]) == (5, "REGULAR_MARGIN")

    master.post(f"{USER}/frozen-sub-member", subuid=uid, frozen=1)
    assert child.get(INFO).retCode == 10008
    assert master.get(f"{USER}/query-sub-members").result["subMembers"][0]["status"] == 4
    master.post(f"{USER}/frozen-sub-member", subuid=uid, frozen=0)
    mode = "/v5/account/set-margin-mode"
    assert child.post(mode, setMarginMode="ISOLATED_MARGIN").retCode == 0

    changed = master.post(f"{USER}/update-sub-api", apikey=child.api_key, readOnly=1)
    assert changed.result["permissions"]["ContractTrade"] == ["Order", "Position"]
    assert child.post(mode, setMarginMode="REGULAR_MARGIN").retCode == 10005
    assert child.info["marginMode"] == "ISOLATED_MARGIN"
    keys = master.get(f"{USER}/sub-apikeys", f"subMemberId={uid}").result["result"]
    assert [(row["apiKey"], row["readOnly"]) for row in keys] == [(child.api_key, True)]

    assert master.post(f"{USER}/delete-sub-api", apikey=child.api_key).retCode == 0
    assert child.get(INFO).retCode == 10003

    child.fund(USDT="1")
    assert master.post(f"{USER}/del-submember", subMemberId=str(uid)).retCode == 141025
    child.fund(USDT="-1")
    assert master.post(f"{USER}/del-submember", subMemberId=str(uid)).retCode == 0
    assert master.get(f"{USER}/submembers").result["subMembers"] == []

    exchange.clock.advance(1000)
    assert master.post(f"{USER}/create-sub-member", **wanted).retCode == 31005
    assert exchange.why["seen"] == f"child01 is the name of {uid}, which was deleted"


def child_of(exchange: Exchange, master: Actor, name: str) -> Actor:
    """A sub-account that its master made, with a key that moves money."""
    made = master.post(f"{USER}/create-sub-member", username=name, memberType=1).result
    exchange.clock.advance(1000)
    key = master.post(
        f"{USER}/create-sub-api",
        subuid=int(made["uid"]),
        readOnly=0,
        permissions={"Wallet": ["AccountTransfer", "SubMemberTransferList"]},
    ).result
    return Actor(exchange, int(made["uid"]), key["apiKey"], key["secret"])


def move(actor: Actor, number: int, giver: Actor, taker: Actor, amount: str, **of: Any) -> Reply:
    """A universal transfer of USDC between two unified wallets, but for what is changed."""
    body = {
        "transferId": f"dddddddd-0000-4000-8000-{number:012d}",
        "coin": "USDC",
        "amount": amount,
        "fromMemberId": giver.uid,
        "toMemberId": taker.uid,
        "fromAccountType": "UNIFIED",
        "toAccountType": "UNIFIED",
    }
    return actor.post(f"{TRANSFER}/universal-transfer", **{**body, **of})


def usdc(actor: Actor, member: Actor, wallet: str = "UNIFIED") -> str:
    """What `actor` sees of a member's wallet."""
    query = f"accountType={wallet}&coin=USDC&memberId={member.uid}"
    balance = actor.get(f"{TRANSFER}/query-account-coin-balance", query).result["balance"]
    return str(balance["walletBalance"])


def test_the_money_of_a_family(exchange: Exchange) -> None:
    """A master shares 1000 USDC with two children, who spend nothing, and has it back."""
    master = exchange.account(USDC="1000")
    first = child_of(exchange, master, "child01")
    second = child_of(exchange, master, "child02")
    listed = master.get(f"{TRANSFER}/query-sub-member-list").result
    assert listed["transferableSubMemberIds"] == [str(first.uid), str(second.uid)]

    assert move(master, 1, master, first, "600").retCode == 0
    assert move(master, 1, master, first, "600").retCode == 131214
    assert move(master, 2, first, second, "250").retCode == 0
    assert [usdc(master, member) for member in (master, first, second)] == ["400", "350", "250"]

    put_by = {"coin": "USDC", "amount": "100", "transferId": "dddddddd-0000-4000-8000-000000000003"}
    wallets = {"fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    assert first.post(f"{TRANSFER}/inter-transfer", **put_by, **wallets).retCode == 0
    assert (usdc(first, first), usdc(first, first, "FUND")) == ("250", "100")
    assert move(first, 4, first, second, "1").retCode == 131227
    assert move(first, 4, first, master, "250.01").retCode == 131212
    assert move(first, 4, first, master, "250").retCode == 0

    master.post(f"{USER}/frozen-sub-member", subuid=second.uid, frozen=1)
    assert move(master, 5, second, master, "250").retCode == 131232
    master.post(f"{USER}/frozen-sub-member", subuid=second.uid, frozen=0)
    exchange.clock.advance(1000)
    assert move(master, 5, second, master, "250").retCode == 0

    assert master.post(f"{USER}/del-submember", subMemberId=str(first.uid)).retCode == 141025
    assert move(master, 6, first, master, "100", fromAccountType="FUND").retCode == 0
    assert master.post(f"{USER}/del-submember", subMemberId=str(first.uid)).retCode == 0
    assert move(master, 7, master, first, "1").retCode == 131202
    assert usdc(master, master) == "1000"

    path = f"{TRANSFER}/query-universal-transfer-list"
    rows = master.get(path).result["list"]
    assert [(row["amount"], row["toMemberId"]) for row in rows] == [
        ("100", str(master.uid)), ("250", str(master.uid)), ("250", str(master.uid)),
        ("250", str(second.uid)), ("600", str(first.uid)),
    ]  # fmt: skip
    seconds = second.get(path).result["list"]
    assert [row["amount"] for row in seconds] == ["250", "250"]
