"""POST /v5/user/del-submember: only without assets."""

import pytest
from tests.actors import Actor, Exchange, oracle

PATH = "/v5/user/del-submember"
LIST = "/v5/user/query-sub-members"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    """A master."""
    return exchange.account()


@pytest.fixture
def sub(exchange: Exchange, alice: Actor) -> Actor:
    """Her sub-account."""
    return exchange.account(parent=alice.uid)


def test_a_deleted_sub_account(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """It leaves the list, its keys are unknown, and its UID is not given again."""
    other = sub.key()

    reply = alice.post(PATH, subMemberId=str(sub.uid))

    assert (reply.retCode, reply.retMsg, reply.result) == (0, "OK", {})
    assert alice.get(LIST).result["subMembers"] == []
    assert [actor.get("/v5/account/info").retCode for actor in (sub, other)] == [10003, 10003]
    assert exchange.account().uid > sub.uid
    again = exchange.control_reply("POST", "/-/accounts", {"uid": sub.uid})
    assert again.status == 400


def test_it_is_gone_at_the_doors_too(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """No list shows it, and nobody gives it a key or money."""
    alice.post(PATH, subMemberId=str(sub.uid))
    assert sub.uid not in [known["uid"] for known in exchange.control("GET", "/-/accounts")]
    assert exchange.control_reply("GET", f"/-/accounts/{sub.uid}").status == 400
    assert exchange.control_reply("POST", "/-/keys", {"uid": sub.uid}).status == 400
    assert exchange.control_reply("PATCH", f"/-/accounts/{sub.uid}", {"frozen": True}).status == 400


@pytest.mark.parametrize(("amount", "code"), [("0.001", 0), ("0.0010001", 141025)])
def test_above_a_thousandth_of_a_dollar(
    exchange: Exchange, alice: Actor, sub: Actor, amount: str, code: int
) -> None:
    """The bound itself may be deleted (4.5)."""
    exchange.control("PUT", "/-/prices/USDC", {"price": "1"})
    sub.fund(USDC=amount)
    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == code


@pytest.mark.parametrize(
    ("kind", "wallet"), [(5, "FUND"), (3, "CONTRACT"), (1, "SPOT"), (1, "CONTRACT")]
)
def test_assets_in_any_wallet(exchange: Exchange, alice: Actor, kind: int, wallet: str) -> None:
    """Those beside the unified one, too, and together: 0.0006 and 0.0005 USD are too much."""
    exchange.control("PUT", "/-/prices/USDC", {"price": "1"})
    sub = exchange.account(kind=kind, parent=alice.uid)
    fund = f"/-/accounts/{sub.uid}/fund"
    exchange.control("POST", fund, {"coin": "USDC", "amount": "0.0006", "wallet": wallet})
    exchange.control("POST", fund, {"coin": "USDC", "amount": "0.0005", "wallet": "FUND"})
    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == 141025
    exchange.control("POST", fund, {"coin": "USDC", "amount": "-0.0005", "wallet": "FUND"})
    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == 0


def test_assets_in_the_way(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """The text of the error page; nothing changes; without them it goes."""
    sub.fund(BTC="1")
    entries = exchange.entries
    reply = alice.post(PATH, subMemberId=str(sub.uid))
    assert (reply.retCode, reply.retMsg) == (
        141025,
        "This subaccount has assets and cannot be deleted",
    )
    assert exchange.entries == entries
    assert sub.get("/v5/account/info").retCode == 0
    sub.fund(BTC="-1")
    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == 0


def test_a_frozen_one(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """141004, before its assets are looked at."""
    sub.fund(BTC="1")
    sub.set(frozen=True)
    reply = alice.post(PATH, subMemberId=str(sub.uid))
    assert (reply.retCode, reply.retMsg) == (141004, "sub member is not normal")
    assert exchange.why["seen"] == f"{sub.uid} is frozen"


def test_one_that_is_being_upgraded(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """141004, until the upgrade is over."""
    alice.set(vipLevel="VIP-1")
    sub.post("/v5/account/upgrade-to-uta")
    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == 141004
    exchange.clock.advance(5000)
    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == 0


def test_only_ones_own_subs(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """141009: no account, a master, oneself, another master's sub, or one that is gone."""
    bob = exchange.account()
    uids = [404, alice.uid, bob.uid, sub.uid]
    assert [bob.post(PATH, subMemberId=str(uid)).retCode for uid in uids] == [141009] * 4
    alice.post(PATH, subMemberId=str(sub.uid))
    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == 141009


@pytest.mark.parametrize("body", ["{}", '{"subMemberId":"x"}', '{"subMemberId":"-1"}'])
def test_parameters_that_do_not_fit(alice: Actor, body: str) -> None:
    """10001 names the parameter."""
    reply = alice.post_text(PATH, body)
    assert (reply.retCode, reply.retMsg) == (10001, "params error: subMemberId invalid")


def test_who_may_call(alice: Actor, sub: Actor) -> None:
    """A master with a Wallet permission, to write."""
    spot, reader = alice.key(permissions=["Spot:SpotTrade"]), alice.key(readOnly=True)
    callers = [sub, spot, reader]
    codes = [caller.post(PATH, subMemberId=str(sub.uid)).retCode for caller in callers]
    assert codes == [10005] * 3


def test_the_limit_is_five_a_second(alice: Actor) -> None:
    """The sixth is refused, though the others were in vain."""
    codes = [alice.post(PATH, subMemberId="404").retCode for _ in range(6)]
    assert codes == [141009] * 5 + [10006]


def test_the_documented_shape(alice: Actor, sub: Actor) -> None:
    """An empty result."""
    reply = alice.post(PATH, subMemberId=str(sub.uid))
    oracle().assert_matches(reply.json, "user/rm-subuid")


def test_a_debt_in_the_way(exchange: Exchange, alice: Actor, sub: Actor) -> None:
    """Whoever owes something stays, although its equity is next to nothing."""
    sub.fund(USDT="100")
    assert sub.post("/v5/account/borrow", coin="USDC", amount="10").retCode == 0
    for coin, amount in {"USDT": "-100", "USDC": "-10"}.items():
        sub.fund(**{coin: amount})

    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == 141025
    assert exchange.why["seen"].endswith(", and a debt")


def test_a_debt_of_its_demo_account_in_the_way(
    exchange: Exchange, alice: Actor, sub: Actor
) -> None:
    """Nobody could repay it when the sub-account is gone."""
    made = sub.post("/v5/user/create-demo-member").result
    demo = int(made["subMemberId"])
    key = exchange.control("POST", "/-/keys", {"uid": demo})
    actor = Actor(exchange, demo, key["apiKey"], key["secret"])
    actor.fund(USDT="1000")
    assert actor.post("/v5/account/borrow", coin="USDC", amount="10").retCode == 0

    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == 141025
    exchange.clock.advance(1000)
    assert actor.post("/v5/account/repay", coin="USDC").retCode == 0
    assert alice.post(PATH, subMemberId=str(sub.uid)).retCode == 0
