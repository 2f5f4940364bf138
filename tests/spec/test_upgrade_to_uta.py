"""POST /v5/account/upgrade-to-uta: asked for now, done by a timer."""

import pytest
from tests.actors import T0, Exchange, oracle, running

PATH = "/v5/account/upgrade-to-uta"
MINUTE = 60_000
HOUR_START = T0 - T0 % 3_600_000
NO_VIP = "Update account failed. Only VIP or PRO users are allowed to upgrade."
CLOSED = (
    "Update account failed. Upgrade is not available between the 50th minute and the 5th "
    "minute of the next hour."
)


def test_without_a_vip_level(exchange: Exchange) -> None:
    """Scenario 7: FAIL with its text; retCode stays 0."""
    alice = exchange.account()
    reply = alice.post(PATH)

    assert (reply.retCode, reply.retMsg) == (0, "")
    assert reply.result == {
        "unifiedUpdateStatus": "FAIL",
        "unifiedUpdateMsg": {"msg": [NO_VIP]},
    }
    assert alice.info["unifiedMarginStatus"] == 5
    assert exchange.why["seen"] == f"{alice.uid} has level 'No VIP'"


@pytest.mark.parametrize("level", ["VIP-1", "VIP-Supreme", "PRO-6"])
def test_with_one(exchange: Exchange, level: str) -> None:
    """Scenario 7: PROCESS, and the kind and the time move five seconds later, not before."""
    alice = exchange.account(vip=level)
    before = alice.info

    reply = alice.post(PATH)

    assert reply.result == {"unifiedUpdateStatus": "PROCESS", "unifiedUpdateMsg": None}
    exchange.clock.advance(4_999)
    assert alice.info == before
    done = exchange.clock.advance(1)
    assert alice.info["unifiedMarginStatus"] == 6
    assert alice.info["updatedTime"] == str(done - done % 1000)


def test_the_time_is_that_of_the_completion(exchange: Exchange) -> None:
    """Nobody looked for an hour: the timer still fired when it was due."""
    alice = exchange.account(vip="VIP-1")
    alice.post(PATH)
    due = T0 + 5_000

    exchange.clock.advance(60 * MINUTE)

    assert alice.info["updatedTime"] == str(due - due % 1000)


def test_asking_again_meanwhile_and_afterwards(exchange: Exchange) -> None:
    """PROCESS while it lasts, SUCCESS when there is nothing to do; nothing is journaled."""
    alice = exchange.account(vip="VIP-1")
    alice.post(PATH)
    entries = exchange.entries
    exchange.clock.advance(2_000)

    assert alice.post(PATH).result["unifiedUpdateStatus"] == "PROCESS"
    assert exchange.entries == entries
    exchange.clock.advance(3_000)
    assert alice.post(PATH).result == {
        "unifiedUpdateStatus": "SUCCESS",
        "unifiedUpdateMsg": None,
    }


def test_a_sub_account_of_a_vip_master(exchange: Exchange) -> None:
    """Scenario 7: the parent's level counts, not the sub's own."""
    master = exchange.account(vip="VIP-1")
    sub = exchange.account(parent=master.uid)
    poor = exchange.account(parent=exchange.account().uid, vip="VIP-1")

    assert sub.post(PATH).result["unifiedUpdateStatus"] == "PROCESS"
    assert poor.post(PATH).result["unifiedUpdateStatus"] == "FAIL"


@pytest.mark.parametrize(
    ("minute", "status"),
    [(0, "FAIL"), (5, "FAIL"), (6, "PROCESS"), (49, "PROCESS"), (50, "FAIL"), (59, "FAIL")],
)
def test_the_window(minute: int, status: str) -> None:
    """Closed from minute 50 to minute 5, both inclusive (1.3)."""
    with running(HOUR_START + minute * MINUTE) as exchange:
        reply = exchange.account(vip="VIP-1").post(PATH)
        assert reply.result["unifiedUpdateStatus"] == status


def test_the_window_lifted() -> None:
    """--no-upgrade-window."""
    with running(HOUR_START, upgrade_window=False) as exchange:
        reply = exchange.account(vip="VIP-1").post(PATH)
        assert reply.result["unifiedUpdateStatus"] == "PROCESS"


def test_every_reason_is_told() -> None:
    """No level, and at the wrong minute."""
    with running(HOUR_START) as exchange:
        reply = exchange.account().post(PATH)
        assert reply.result["unifiedUpdateMsg"] == {"msg": [NO_VIP, CLOSED]}


@pytest.mark.parametrize(("kind", "after"), [(1, 3), (3, 4), (5, 6)])
def test_what_a_kind_becomes(exchange: Exchange, kind: int, after: int) -> None:
    """5 to 6 is today's meaning; the older ones serve seeded kinds (1.3)."""
    alice = exchange.account(kind=kind, vip="VIP-1")
    alice.post(PATH)
    exchange.clock.advance(5_000)
    assert alice.info["unifiedMarginStatus"] == after


@pytest.mark.parametrize("kind", [4, 6])
def test_a_pro_account_has_nothing_to_do(exchange: Exchange, kind: int) -> None:
    """SUCCESS, whatever the level and the minute."""
    status = exchange.account(kind=kind).post(PATH).result["unifiedUpdateStatus"]
    assert status == "SUCCESS"


def test_the_limit_is_one_a_second(exchange: Exchange) -> None:
    """The second call is refused."""
    alice = exchange.account()
    assert [alice.post(PATH).retCode for _ in range(2)] == [0, 10006]


def test_it_needs_write_permission(exchange: Exchange) -> None:
    """And one of the trading groups (4.4)."""
    alice = exchange.account(vip="VIP-1")
    assert alice.key(readOnly=True).post(PATH).retCode == 10005
    assert alice.key(permissions=["Spot:SpotTrade"]).post(PATH).retCode == 10005


def test_the_documented_shape(exchange: Exchange) -> None:
    """The page's example is a FAIL."""
    reply = exchange.account().post(PATH)
    oracle().assert_matches(reply.json, "account/upgrade-unified-account")
