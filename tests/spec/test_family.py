"""A master and its sub-account, from the first day to the last."""

from tests.actors import Actor, Exchange

USER = "/v5/user"
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
