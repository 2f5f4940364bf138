"""GET /v5/account/info: each of its eight fields moves for its own reason."""

import pytest
from tests.actors import T0, Exchange, oracle, running

FLOOR = str(T0 - T0 % 1000)
FIELDS = [
    "marginMode",
    "updatedTime",
    "unifiedMarginStatus",
    "dcpStatus",
    "timeWindow",
    "smpGroup",
    "isMasterTrader",
    "spotHedgingStatus",
]


def test_a_fresh_account(exchange: Exchange) -> None:
    """Scenario 1: the defaults, updated in the second of its making; keys in captured order."""
    reply = exchange.account().get("/v5/account/info")

    assert reply.result == {
        "marginMode": "REGULAR_MARGIN",
        "updatedTime": FLOOR,
        "unifiedMarginStatus": 5,
        "dcpStatus": "OFF",
        "timeWindow": 0,
        "smpGroup": 0,
        "isMasterTrader": False,
        "spotHedgingStatus": "OFF",
    }
    assert list(reply.result) == FIELDS


def test_the_envelope(exchange: Exchange) -> None:
    """Five members in the guide's order, compact, and the exchange's headers."""
    reply = exchange.account().get("/v5/account/info")

    assert list(reply.json) == ["retCode", "retMsg", "result", "retExtInfo", "time"]
    assert (reply.retCode, reply.retMsg) == (0, "OK")
    assert (reply.json["retExtInfo"], reply.json["time"]) == ({}, T0)
    assert b", " not in reply.body
    assert b": " not in reply.body
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.headers["ret_code"] == "0"
    assert reply.headers["timenow"] == str(T0)
    assert len(bytes.fromhex(reply.headers["traceid"])) == 16


def test_the_documented_shape(exchange: Exchange) -> None:
    """The page's example stops after `result`; the guide adds two members (2.4, Q1)."""
    reply = exchange.account().get("/v5/account/info")

    oracle().assert_matches(reply.json, "account/account-info", ignore=["retExtInfo", "time"])


def test_wire_exact_stops_after_result() -> None:
    """As two captures of the live service do."""
    with running(wire_exact=True) as exchange:
        reply = exchange.account().get("/v5/account/info")
    assert list(reply.json) == ["retCode", "retMsg", "result"]


def test_a_classic_account_was_never_updated(exchange: Exchange) -> None:
    """As captured: status 1, time "0"."""
    info = exchange.account(kind=1).info
    assert (info["unifiedMarginStatus"], info["updatedTime"]) == (1, "0")


@pytest.mark.parametrize("kind", [1, 3, 4, 5, 6])
def test_every_kind_answers(exchange: Exchange, kind: int) -> None:
    """The endpoint works for all of them, and tells which it is."""
    assert exchange.account(kind=kind).info["unifiedMarginStatus"] == kind


def test_a_leader(exchange: Exchange) -> None:
    """Approval and removal move isMasterTrader and the time."""
    alice = exchange.account()
    now = exchange.clock.advance(10_000)

    alice.set(leader=True)

    assert alice.info["isMasterTrader"] is True
    assert alice.info["updatedTime"] == str(now - now % 1000)


def test_a_kind_that_was_set(exchange: Exchange) -> None:
    """Another status, another time."""
    alice = exchange.account()
    now = exchange.clock.advance(10_000)

    alice.set(kind=6)

    assert (alice.info["unifiedMarginStatus"], alice.info["updatedTime"]) == (
        6,
        str(now - now % 1000),
    )


@pytest.mark.parametrize(
    "profile",
    [
        {"vipLevel": "VIP-3"},
        {"smpGroup": 7},
        {"dcpProducts": ["SPOT", "OPTIONS"]},
        {"mmpCoins": ["BTC"]},
    ],
    ids=["vip", "smp", "dcp", "mmp"],
)
def test_what_it_does_not_show_does_not_move_it(
    exchange: Exchange, profile: dict[str, object]
) -> None:
    """Deprecated fields stay OFF and 0; VIP, SMP, DCP and MMP leave the time alone (2.5)."""
    alice = exchange.account()
    before = alice.info
    exchange.clock.advance(10_000)

    alice.set(**profile)

    assert alice.info == before


def test_money_does_not_move_it(exchange: Exchange) -> None:
    """Transfers are not in 2.5."""
    alice = exchange.account()
    before = alice.info
    exchange.clock.advance(10_000)

    alice.fund(USDT="5")

    assert alice.info == before


def test_a_read_only_key_may_ask(exchange: Exchange) -> None:
    """Any valid key may."""
    key = exchange.account().key(readOnly=True, permissions=["Earn:Earn"])
    assert key.get("/v5/account/info").retCode == 0


def test_a_sub_account_has_a_record_of_its_own(exchange: Exchange) -> None:
    """Nothing is inherited: the master's mode is not the sub's (2.6)."""
    master = exchange.account(USDC="2000")
    sub = exchange.account(parent=master.uid)

    master.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")

    assert master.info["marginMode"] == "ISOLATED_MARGIN"
    assert sub.info["marginMode"] == "REGULAR_MARGIN"


def test_unknown_query_keys_are_ignored_but_signed(exchange: Exchange) -> None:
    """They belong to the signed string (2.1)."""
    alice = exchange.account()
    assert alice.get("/v5/account/info", "foo=bar&foo=baz").retCode == 0
    assert alice.get("/v5/account/info", "foo=bar", sign="0" * 64).retCode == 10004


def test_the_limit_is_fifty_a_second(exchange: Exchange) -> None:
    """Scenario 12: the 51st is refused; another UID is unaffected; a second later it answers."""
    alice, bob = exchange.account(), exchange.account()
    allowed = [alice.get("/v5/account/info") for _ in range(50)]

    refused = alice.get("/v5/account/info")

    assert {reply.retCode for reply in allowed} == {0}
    assert allowed[0].headers["x-bapi-limit-status"] == "49"
    assert allowed[0].headers["x-bapi-limit-reset-timestamp"] == str(T0)
    assert refused.retCode == 10006
    assert refused.retMsg == "Too many visits. Exceeded the API Rate Limit."
    assert refused.headers["x-bapi-limit"] == "50"
    assert refused.headers["x-bapi-limit-status"] == "0"
    assert int(refused.headers["x-bapi-limit-reset-timestamp"]) > T0
    assert bob.get("/v5/account/info").retCode == 0
    exchange.clock.advance(1000)
    assert alice.get("/v5/account/info").retCode == 0
