"""Fidelity switches: each changes what the wire says, of its venue alone, from then on.

Sources: account-semantics 0.2, 3.2, 3.6, 3.7 and the open questions Q1 to Q4, Q15, Q18.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.actors import SPEC, T0, Actor, Exchange, Reply, oracle, running

from utabox.embedded import Server
from utabox.endpoint import declared
from utabox.engine.state import Switches
from utabox.engine.switches import SetSwitches
from utabox.journal.codec import encode_state
from utabox.runtime import replay
from utabox.server.switch_doors import MEMBERS, SwitchChange
from utabox.settings import SWITCHES, Settings, SettingsError, load, switches_of

INFO = "/v5/account/info"
DEFAULTS = {
    "textEpoch": "2026",
    "wireExact": False,
    "missingHeaders": "401-json",
    "absentRecvWindow": "lenient",
    "getWithBody": "403-html",
    "retExtInfo": "object",
    "keyEnvironments": "own",
    "upgradeWindowEnforced": True,
    "upgradeDelayMs": 5000,
}
LONG_AGO = 1_000_000_000_000  # ms


def turn(exchange: Exchange, **switches: Any) -> dict[str, Any]:
    changed: dict[str, Any] = exchange.control("PATCH", "/-/switches", switches)
    return changed


def without_window(actor: Actor, signed_window: str) -> Reply:
    """A GET that has no X-BAPI-RECV-WINDOW."""
    text = f"{T0}{actor.api_key}{signed_window}"
    sign = hmac.new(actor.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    headers = {k: v for k, v in actor.headers("").items() if k != "X-BAPI-RECV-WINDOW"}
    return actor.exchange.wire.send("GET", INFO, {**headers, "X-BAPI-SIGN": sign})


def get_with_body(actor: Actor) -> Reply:
    """A GET that is signed as without its body."""
    return actor.exchange.wire.send("GET", INFO, actor.headers(""), b"{}")


# --- what each changes --------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "code"), [("own", 10003), ("any", 0)])
def test_the_environments_of_a_key(exchange: Exchange, how: str, code: int) -> None:
    """An account of mainnet, called under testnet's host; the demo host still refuses transfers."""
    alice = exchange.account()
    turn(exchange, keyEnvironments=how)
    there = {**alice.headers(""), "Host": "api-testnet.bybit.com"}
    assert exchange.wire.send("GET", INFO, there).retCode == code
    demo = {**alice.headers("coinName=USDT"), "Host": "api-demo.bybit.com"}
    refused = exchange.wire.send("GET", "/v5/account/withdrawal?coinName=USDT", demo)
    assert refused.retCode == (10032 if how == "any" else 10003)


def test_the_text_epoch(exchange: Exchange) -> None:
    """10002 has a full stop for the colon, 10004 shows the whole text that was signed."""
    alice = exchange.account()
    turn(exchange, textEpoch="2023")

    assert alice.get(INFO, timestamp=LONG_AGO).retMsg == (
        "invalid request, please check your server timestamp or recv_window param. "
        f"req_timestamp[{LONG_AGO}],server_timestamp[{T0}],recv_window[5000]"
    )
    assert alice.get(INFO, "a=1", sign="0" * 64).retMsg == (
        f"error sign! origin_string[{T0}{alice.api_key}5000a=1]"
    )
    turn(exchange, textEpoch="2026")
    assert alice.get(INFO, "a=1", sign="0" * 64).retMsg == (
        "Error sign, please check your signature generation algorithm: origin_string[***a=1]"
    )


def test_wire_exact(exchange: Exchange) -> None:
    """A success of account info stops after `result`; its refusals and other paths do not (Q1)."""
    alice = exchange.account()
    turn(exchange, wireExact=True)

    assert list(alice.get(INFO).json) == ["retCode", "retMsg", "result"]
    assert len(alice.get(INFO, sign="0" * 64).json) == 5
    assert len(alice.get("/v5/user/query-api").json) == 5


@pytest.mark.parametrize(
    ("missing", "status", "code"),
    [("401-json", 401, 10001), ("200-json", 200, 10001)],
)
def test_missing_headers_with_json(
    exchange: Exchange, missing: str, status: int, code: int
) -> None:
    """The text of 2022 with the status of the documentation, or with 200 (Q4)."""
    turn(exchange, missingHeaders=missing)

    reply = exchange.get(INFO)

    assert (reply.status, reply.retCode) == (status, code)
    assert reply.retMsg == (
        "empty value: apiTimestamp[] apiKey[] apiSignature[]: openapi sign params error!"
    )


def test_missing_headers_without_a_body(exchange: Exchange) -> None:
    """401 and nothing else, like other answers of the HTTP level (3.6); the log still explains."""
    turn(exchange, missingHeaders="401-empty")

    reply = exchange.get(INFO)

    assert (reply.status, reply.body) == (401, b"")
    assert "ret_code" not in reply.headers
    assert "X-BAPI-SIGN" in exchange.why["details"]["missing"]


@pytest.mark.parametrize(
    ("how", "signed_window", "code"),
    [("lenient", "", 0), ("lenient", "5000", 0), ("lenient", "6000", 10004),
     ("empty", "", 0), ("empty", "5000", 10004)],
)  # fmt: skip
def test_an_absent_recv_window(exchange: Exchange, how: str, signed_window: str, code: int) -> None:
    """What was signed in its place: nothing, or the default of the documentation (Q3)."""
    alice = exchange.account()
    turn(exchange, absentRecvWindow=how)

    assert without_window(alice, signed_window).retCode == code


def test_a_get_with_a_body(exchange: Exchange) -> None:
    """The edge refuses it; where it is allowed, the body is neither read nor signed (3.2)."""
    alice = exchange.account()
    refused = get_with_body(alice)
    assert (refused.status, refused.headers["content-type"]) == (403, "text/html")

    turn(exchange, getWithBody="allowed")

    assert get_with_body(alice).retCode == 0
    assert exchange.get("/v5/market/time").retCode == 0


@pytest.mark.parametrize(
    "path",
    ["/v5/spot-margin-trade/currency-data", "/v5/spot-margin-trade/position-tiers",
     "/v5/spot-margin-trade/interest-rate-history?currency=BTC",
     "/v5/spot-margin-trade/collateral"],
)  # fmt: skip
def test_ret_ext_info_as_a_text(exchange: Exchange, path: str) -> None:
    """On the four pages whose examples have one (Q2)."""
    alice = exchange.account()
    place, _, query = path.partition("?")
    assert alice.get(place, query).json["retExtInfo"] == {}

    turn(exchange, retExtInfo="string")

    reply = alice.get(place, query)
    assert (reply.retCode, reply.json["retExtInfo"]) == (0, "{}")
    assert alice.get(INFO).json["retExtInfo"] == {}
    assert alice.get(place, "currency=NOPE").json["retExtInfo"] == {}  # of a refusal


def test_every_example_with_a_text_is_known() -> None:
    """The declarations name exactly those pages whose example has `"retExtInfo": "{}"`."""
    oracle()
    files = (SPEC / "examples").glob("*/*.response.json")
    pages = {
        f"{file.parent.name}/{file.name.removesuffix('.response.json')}"
        for file in files
        if '"retExtInfo": "{}"' in file.read_text()
    }

    assert {each.page for each in declared() if each.ext_info_text} == pages & {
        each.page for each in declared()
    }


def test_the_upgrade(exchange: Exchange) -> None:
    """Without delay and window it is over when the next request comes, at any minute."""
    alice = exchange.account(vip="VIP-1")
    turn(exchange, upgradeDelayMs=0, upgradeWindowEnforced=False)
    exchange.clock.advance(30 * 60_000)  # minute 54

    assert alice.post("/v5/account/upgrade-to-uta").result["unifiedUpdateStatus"] == "PROCESS"
    assert alice.info["unifiedMarginStatus"] == 6


# --- how they are changed -----------------------------------------------------------------------


def test_the_defaults(exchange: Exchange) -> None:
    """Nothing given changes nothing, and makes no entry."""
    before = exchange.entries

    assert exchange.control("GET", "/-/switches") == DEFAULTS
    assert turn(exchange) == DEFAULTS
    assert turn(exchange, textEpoch="2026") == DEFAULTS
    assert exchange.entries == before


def test_one_that_is_given_leaves_the_others(exchange: Exchange) -> None:
    turn(exchange, textEpoch="2023")

    assert turn(exchange, wireExact=True) == {**DEFAULTS, "textEpoch": "2023", "wireExact": True}


@pytest.mark.parametrize(
    "body",
    [{"textEpoch": "2024"}, {"textEpoch": 2024}, {"wireExact": "yes"}, {"missingHeaders": "403"},
     {"absentRecvWindow": "5000"}, {"getWithBody": True}, {"retExtInfo": "null"},
     {"upgradeDelayMs": -1}, {"upgradeDelayMs": 86_400_001}, {"colour": "red"}],
)  # fmt: skip
def test_what_is_no_setting_of_a_switch(exchange: Exchange, body: dict[str, Any]) -> None:
    """400 with a sentence, and none of them moves."""
    reply = exchange.control_reply("PATCH", "/-/switches", {"wireExact": True, **body})

    assert reply.status == 400
    assert len(reply.json["error"]) > 20
    assert exchange.control("GET", "/-/switches") == DEFAULTS


def test_two_venues_of_one_server_speak_differently(exchange: Exchange) -> None:
    """One as in 2023, the other as today."""
    exchange.control("POST", "/-/venues", {"name": "old"})
    exchange.control("PATCH", "/venues/old/-/switches", {"textEpoch": "2023"})
    nobody = {"X-BAPI-API-KEY": "x", "X-BAPI-SIGN": "x", "X-BAPI-TIMESTAMP": "1"}

    old = exchange.wire.send("GET", f"/venues/old{INFO}", nobody)
    new = exchange.wire.send("GET", INFO, nobody)

    assert "param. req_timestamp[1]" in old.retMsg
    assert "param: req_timestamp[1]" in new.retMsg


def test_a_replay_speaks_the_same(exchange: Exchange) -> None:
    turn(exchange, textEpoch="2023", getWithBody="allowed", upgradeDelayMs=7)

    state = exchange.server.call(lambda: exchange.server.venue.runtime.state)
    replayed, _ = replay(exchange.journal)

    assert encode_state(replayed) == encode_state(state)
    assert replayed.switches.get_with_body == "allowed"


def test_switches_of_an_older_journal_are_read() -> None:
    """There were two of them: the others are as they always were."""
    old = msgspec.msgpack.encode({"type": "set-switches", "switches": [0, False]})

    read = msgspec.msgpack.decode(old, type=SetSwitches)

    assert read.switches == Switches(upgrade_delay_ms=0, upgrade_window_enforced=False)


# --- flags --------------------------------------------------------------------------------------


def test_every_switch_has_a_door_member_and_a_flag() -> None:
    """None was forgotten when it was made."""
    names = set(Switches.__struct_fields__)

    assert set(MEMBERS.values()) == names
    assert set(SWITCHES.values()) == names
    assert set(MEMBERS) == set(SwitchChange.__struct_fields__)
    assert set(SWITCHES) <= set(Settings.__struct_fields__)


def test_a_flag_sets_the_default_venue_and_every_new_one() -> None:
    with running(text_epoch="2023", upgrade_delay=0) as exchange:
        exchange.control("POST", "/-/venues", {"name": "new"})
        expected = {**DEFAULTS, "textEpoch": "2023", "upgradeDelayMs": 0}

        assert exchange.control("GET", "/-/switches") == expected
        assert exchange.control("GET", "/venues/new/-/switches") == expected


def test_a_flag_that_is_not_given_leaves_the_store_as_it_is(tmp_path: Path) -> None:
    """Started again, the venue speaks as it was told to; a flag that is given wins."""

    def switches(**settings: Any) -> Switches:
        with Server(data=str(tmp_path), **settings) as server:
            return server.call(lambda: server.venue.runtime.state.switches)

    switches(text_epoch="2023", wire_exact=True)

    assert switches() == Switches(text_epoch="2023", wire_exact=True)
    assert switches(wire_exact=False) == Switches(text_epoch="2023")
    assert switches() == Switches(text_epoch="2023")


def test_settings_that_were_not_given_change_no_switch() -> None:
    before = Switches(text_epoch="2023", upgrade_delay_ms=1)

    assert switches_of(Settings(), before) == before
    assert switches_of(Settings(upgrade_window=False), before).upgrade_window_enforced is False


@pytest.mark.parametrize(
    ("setting", "value", "takes"),
    [("text_epoch", "2020", "2026 or 2023"), ("missing_headers", "403", "401-json or 401-empty"),
     ("upgrade_delay", "-1", "0 to 86400000"), ("wire_exact", "maybe", "true or false")],
)  # fmt: skip
def test_a_flag_that_does_not_fit_says_what_does(setting: str, value: str, takes: str) -> None:
    with pytest.raises(SettingsError, match=takes):
        load({setting: value}, environment={})
