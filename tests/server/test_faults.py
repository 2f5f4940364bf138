"""Faults: what becomes of a request that meets one, on the wire and in the log."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pybit.exceptions import FailedRequestError, InvalidRequestError
from pybit.unified_trading import HTTP
from tests.actors import SPEC, T0, Actor, Exchange, running
from tests.clients.live import live
from tests.server.wire import Wire, until

from utabox.clock import ManualClock
from utabox.embedded import Server
from utabox.engine.state import Switches
from utabox.journal.memory import MemoryJournal
from utabox.redirect.authority import Authority
from utabox.server.faulting import text_of
from utabox.server.messages import Request

FAULTS = "/-/faults"
INFO = "/v5/account/info"
TIME = "/v5/market/time"
MODE = "/v5/account/set-margin-mode"
LIMITS = ["x-bapi-limit", "x-bapi-limit-status", "x-bapi-limit-reset-timestamp"]


def order(exchange: Exchange, **fault: Any) -> dict[str, Any]:
    """Add a fault."""
    added: dict[str, Any] = exchange.control("POST", FAULTS, fault)
    return added


def counts(exchange: Exchange) -> list[tuple[int, int]]:
    return [(fault["matched"], fault["fired"]) for fault in exchange.control("GET", FAULTS)]


def logged(exchange: Exchange) -> dict[str, Any]:
    """The last call in the log."""
    entry: dict[str, Any] = exchange.control("GET", "/-/requests?limit=1")[-1]
    return entry


def port(exchange: Exchange) -> int:
    return int(exchange.server.url.rsplit(":", 1)[1])


def signed(actor: Actor, method: str, path: str, body: str = "") -> bytes:
    """A whole request, to be sent as it is."""
    lines = [f"{method} {path} HTTP/1.1", "Host: utabox"]
    lines += [f"{name}: {value}" for name, value in actor.headers(body).items()]
    lines += [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", body]).encode()


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    return exchange.account(USDT="10")


# --- instead of an answer ------------------------------------------------------------------------

TEXTS = [
    ({"retCode": 10016}, "System error. Please try again later."),
    ({"retCode": 10006}, "Too many visits. Exceeded the API Rate Limit."),
    ({"retCode": 110007}, "Available balance is insufficient"),  # documented, not used here yet
    ({"retCode": 170131}, "Balance insufficient"),
    ({"retCode": 0}, "OK"),
    ({"retCode": 30034}, "ordered by a fault"),  # not documented
    ({"retCode": 30034, "retMsg": "too fast"}, "too fast"),
    ({"retCode": 10016, "retMsg": ""}, ""),
    (
        {"retCode": 10002},
        "invalid request, please check your server timestamp or recv_window param: "
        f"req_timestamp[{T0}],server_timestamp[{T0}],recv_window[5000]",
    ),
]


@pytest.mark.parametrize(("fault", "text"), TEXTS)
def test_a_code(exchange: Exchange, alice: Actor, fault: dict[str, Any], text: str) -> None:
    """An ordinary envelope; the text is what belongs to the code, or what is given."""
    order(exchange, path=INFO, **fault)
    reply = alice.get(INFO)
    assert (reply.status, reply.headers["ret_code"]) == (200, str(fault["retCode"]))
    assert reply.json == {
        "retCode": fault["retCode"], "retMsg": text, "result": {}, "retExtInfo": {}, "time": T0,
    }  # fmt: skip


def test_too_many_visits_have_their_headers(exchange: Exchange, alice: Actor) -> None:
    """50 a second is account info's own allowance; nothing is left of it until a second later."""
    order(exchange, retCode=10006)
    reply = alice.get(INFO)
    assert [reply.headers[name] for name in LIMITS] == ["50", "0", str(T0 + 1000)]
    without = exchange.get("/v5/no/such")
    assert [without.headers[name] for name in LIMITS] == ["10", "0", str(T0 + 1000)]


@pytest.mark.parametrize(
    ("fault", "content_type", "body"),
    [
        ({"status": 403}, "text/html", b"<H1>403 ERROR</H1>"),
        ({"status": 403, "body": "text"}, "text/plain; charset=utf-8", b"403, access too frequent"),
        ({"status": 429}, "text/html", b"<h1>429 Too Many Requests</h1>"),
        ({"status": 500}, "text/html", b"<h1>500 Internal Server Error</h1>"),
        ({"status": 502}, "text/html", b"<h1>502 Bad Gateway</h1>"),
        ({"status": 503, "body": "text"}, "text/plain; charset=utf-8", b"503 Service Unavailable"),
        ({"status": 504}, "text/html", b"<h1>504 Gateway Timeout</h1>"),
    ],
)
def test_a_status(
    exchange: Exchange, alice: Actor, fault: dict[str, Any], content_type: str, body: bytes
) -> None:
    """A page or a line of the edge, without a retCode."""
    order(exchange, **fault)
    reply = alice.get(INFO)
    assert (reply.status, reply.headers["content-type"]) == (fault["status"], content_type)
    assert body in reply.body
    assert "ret_code" not in reply.headers
    entry = logged(exchange)
    assert (entry["status"], entry["retCode"]) == (fault["status"], None)


@pytest.mark.parametrize("fault", [{"status": 200}, {"status": 502, "body": "empty"}])
def test_an_empty_body(exchange: Exchange, alice: Actor, fault: dict[str, Any]) -> None:
    """With HTTP 200 that is what comes, if nothing else is said."""
    order(exchange, **fault)
    reply = alice.get(INFO)
    assert (reply.status, reply.body) == (fault["status"], b"")


TEXTS = [
    # account-semantics 3.7, those without values of the request
    (10000, "Server Timeout"),
    (10001, "Request parameter error"),
    (10003, "API key is invalid."),
    (10005, "Permission denied, please check your API key permissions."),
    (10006, "Too many visits. Exceeded the API Rate Limit."),
    (10007, "User authentication failed."),
    (10008, "Common banned, please check your account mode"),
    (
        10009,
        "Service Restricted: Access is currently unavailable for your region. Please contact our "
        "support team for further assistance",
    ),
    (10010, "Unmatched IP, please check your API key's bound IP addresses."),
    (10014, "Invalid duplicate request."),
    (10016, "System error. Please try again later."),
    (10017, "Route not found."),
    (10018, "Exceeded the IP Rate Limit."),
    (10024, "Compliance rules triggered"),
    (10027, "Transactions are banned."),
    (10028, "The API can only be accessed by unified account users."),
    (10032, "Demo trading are not supported."),
    (33004, "Your api key has expired."),
    (100028, "unified account is forbidden"),
    # a text of the documentation, and one that this exchange sends with another number in it
    (110001, "Order does not exist"),
    (181010, "The time range between startTime and endTime cannot exceed 30 days"),
]


@pytest.mark.parametrize(("code", "text"), TEXTS)
def test_the_text_of_a_code_is_the_exchanges_own(code: int, text: str) -> None:
    assert text_of(code, Request("GET", INFO), T0, Switches()) == text


def test_every_documented_message_is_sent() -> None:
    """All codes whose message of the server is documented have it, or what was seen in answers."""
    if not SPEC.is_dir():
        pytest.skip("conformance data (../shared/spec) is not beside this clone")
    errors = json.loads((SPEC / "errors.json").read_text())["errors"]
    documented = [each for each in errors if each["kind"] == "server_message"]
    messages = {(each["code"], each["meaning"]) for each in documented}
    request = Request("GET", INFO)
    sent = {(code, text_of(code, request, T0, Switches())) for code, _ in messages}

    assert len(sent) > 500
    assert sent - messages == {each for each in TEXTS if each[0] in (33004, 100028, 181010)}


# --- whom it meets -------------------------------------------------------------------------------


def test_one_account_of_two(exchange: Exchange, alice: Actor) -> None:
    """Bob is served as ever, by any of his keys; so is who has no key."""
    bob = exchange.account()
    order(exchange, uid=alice.uid, status=503)
    assert [alice.get(INFO).status, alice.key().get(INFO).status] == [503, 503]
    assert [bob.get(INFO).status, exchange.get(TIME).status] == [200, 200]
    assert counts(exchange) == [(2, 2)]


def test_one_key_of_two(exchange: Exchange, alice: Actor) -> None:
    """Of the same account."""
    order(exchange, apiKey=alice.api_key, status=503)
    assert [alice.get(INFO).status, alice.key().get(INFO).status] == [503, 200]


def test_the_signature_is_not_looked_at(exchange: Exchange, alice: Actor) -> None:
    """The key that a request names is enough."""
    order(exchange, uid=alice.uid, retCode=10016)
    assert alice.get(INFO, sign="0" * 64).retCode == 10016
    assert logged(exchange)["uid"] == alice.uid


@pytest.mark.parametrize("path", [TIME, "/v5/no/such", INFO])
def test_requests_without_a_key(exchange: Exchange, path: str) -> None:
    """Public, unknown or unsigned: before all of the exchange's checks."""
    order(exchange, status=500)
    assert exchange.get(path).status == 500


def test_the_edge_comes_first(exchange: Exchange) -> None:
    """A GET with a body does not come as far; our own doors are none of the exchange's."""
    order(exchange, status=500)
    assert exchange.wire.send("GET", INFO, {}, b"{}").status == 403
    assert exchange.control_reply("GET", FAULTS).status == 200
    assert counts(exchange) == [(0, 0)]


def test_one_venue_of_two(exchange: Exchange) -> None:
    """A fault belongs to a venue."""
    exchange.control("POST", "/-/venues", {"name": "other"})
    exchange.control("POST", "/venues/other" + FAULTS, {"status": 500})
    assert exchange.get(TIME).status == 200
    assert exchange.get("/venues/other" + TIME).status == 500
    assert counts(exchange) == []


def test_the_same_calls_meet_the_same_faults() -> None:
    """In two venues that were given the same; and a third, with another seed, differs."""
    seen = []
    for seed in (7, 7, 8):
        with running() as exchange:
            order(exchange, path=TIME, probability="0.5", seed=seed, status=500)
            seen.append([exchange.get(TIME).status for _ in range(40)])
    assert seen[0] == seen[1]
    assert seen[0] != seen[2]
    assert set(seen[0]) == {200, 500}


# --- executed or not -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code", "mode"),
    [
        ({"retCode": 10016}, 10016, "REGULAR_MARGIN"),
        ({"retCode": 10016, "executed": False}, 10016, "REGULAR_MARGIN"),
        ({"retCode": 10016, "executed": True}, 10016, "ISOLATED_MARGIN"),
        ({"retCode": 0}, 0, "REGULAR_MARGIN"),
        ({"delayMs": 1}, 0, "ISOLATED_MARGIN"),
        ({"drop": ["time"]}, 0, "ISOLATED_MARGIN"),
        ({"limitHeaders": False}, 0, "ISOLATED_MARGIN"),
    ],
)
def test_whether_the_account_sees_it(
    exchange: Exchange, alice: Actor, fault: dict[str, Any], code: int, mode: str
) -> None:
    """Not where something else is answered, unless that is asked for."""
    order(exchange, path=MODE, **fault)
    assert alice.post(MODE, setMarginMode="ISOLATED_MARGIN").retCode == code
    assert alice.info["marginMode"] == mode
    executed = mode == "ISOLATED_MARGIN"
    assert exchange.why["details"]["executed"] == ("yes" if executed else "no")


def test_the_write_is_done_but_the_answer_lost(exchange: Exchange, alice: Actor) -> None:
    """Exactly once: one entry for the count, one for the mode."""
    order(exchange, path=MODE, executed=True, close="before", times=1)
    before = exchange.entries
    body = json.dumps({"setMarginMode": "ISOLATED_MARGIN"})

    with Wire(port(exchange)) as wire:
        assert wire.send(signed(alice, "POST", MODE, body)).rest() == b""

    assert exchange.entries == before + 2
    assert alice.info["marginMode"] == "ISOLATED_MARGIN"
    entry = exchange.control("GET", "/-/requests?refused=1")[-1]
    assert (entry["status"], entry["retCode"], entry["uid"]) == (0, 0, alice.uid)
    assert entry["why"]["details"]["own_ret_msg"] == "Request accepted"


def test_the_request_is_lost_before_it_is_done(exchange: Exchange, alice: Actor) -> None:
    """The same for the client, and not for the account."""
    order(exchange, path=MODE, close="before", times=1)
    body = json.dumps({"setMarginMode": "ISOLATED_MARGIN"})
    with Wire(port(exchange)) as wire:
        assert wire.send(signed(alice, "POST", MODE, body)).rest() == b""
    assert alice.info["marginMode"] == "REGULAR_MARGIN"
    entry = exchange.control("GET", "/-/requests?refused=1")[-1]
    assert (entry["status"], entry["retCode"]) == (0, None)


# --- changed answers -----------------------------------------------------------------------------


def asked(exchange: Exchange, alice: Actor, **fault: Any) -> dict[str, Any]:
    """The wallet, with a fault."""
    order(exchange, path="/v5/account/wallet-balance", **fault)
    return alice.get("/v5/account/wallet-balance", "accountType=UNIFIED").json


def test_a_field_is_dropped(exchange: Exchange, alice: Actor) -> None:
    """And nothing else."""
    whole = alice.get(INFO).json
    order(exchange, path=INFO, drop=["result.marginMode", "retExtInfo"])
    rest = alice.get(INFO).json
    assert whole["result"].pop("marginMode") == "REGULAR_MARGIN"
    assert whole.pop("retExtInfo") == {}
    assert rest == whole


@pytest.mark.parametrize(
    ("act", "path", "became"),
    [
        ("blank", "result.list[].accountType", ""),
        ("blank", "result.list[].coin", []),
        ("blank", "result.list[].coin[].collateralSwitch", None),
        ("blank", "result.list[0]", {}),
        ("retype", "result.list[].totalEquity", 9.998),  # 10 USDT at 0.9998
        ("retype", "result.list[].accountType", 0),
        ("retype", "result.list[].coin[0].collateralSwitch", "true"),
        ("retype", "result.list[].coin[].walletBalance", 10),
    ],
)
def test_a_field_is_blanked_or_retyped(
    exchange: Exchange, alice: Actor, act: str, path: str, became: object
) -> None:
    """Empty of its type, else null; text to a number and the other way."""
    value: Any = asked(exchange, alice, **{act: [path]})
    for step in path.replace("[]", "[0]").replace("[0]", ".0").split("."):
        value = value[int(step) if step == "0" else step]
    assert value == became
    assert type(value) is type(became)


def test_lists_and_objects_change_places(exchange: Exchange, alice: Actor) -> None:
    """As PHP would have it: a list by its indices, an object as its values."""
    order(exchange, path=INFO, retype=["result", "retExtInfo", "time"])
    answer = alice.get(INFO).json
    assert answer["result"][0] == "REGULAR_MARGIN"
    assert (answer["retExtInfo"], answer["time"]) == ([], str(T0))
    changed = asked(exchange, alice, retype=["result.list"])
    assert list(changed["result"]["list"]) == ["0"]


def test_members_of_a_list_are_dropped(exchange: Exchange, alice: Actor) -> None:
    """All of them, or one."""
    alice.fund(USDC="5", BTC="1")
    whole = [coin["coin"] for coin in asked(exchange, alice, delayMs=0, limitHeaders=False)[
        "result"]["list"][0]["coin"]]  # fmt: skip
    assert len(whole) == 3
    exchange.control("DELETE", FAULTS)
    one = asked(exchange, alice, drop=["result.list[].coin[1]"])["result"]["list"][0]["coin"]
    assert [coin["coin"] for coin in one] == [whole[0], whole[2]]
    exchange.control("DELETE", FAULTS)
    assert asked(exchange, alice, drop=["result.list[]"])["result"]["list"] == []


def test_a_number_keeps_its_digits(exchange: Exchange, alice: Actor) -> None:
    """What was text becomes a number with the same digits, not a rounded one."""
    alice.fund(BTC="0.00000001")
    order(exchange, retype=["result.list[].coin[].walletBalance"])
    reply = alice.get("/v5/account/wallet-balance", "accountType=UNIFIED&coin=BTC")
    assert b'"walletBalance":0.00000001' in reply.body


def test_a_field_that_is_not_there(exchange: Exchange, alice: Actor) -> None:
    """The answer is as it was, and the why says so."""
    whole = alice.get(INFO).body
    order(exchange, path=INFO, drop=["result.mood"])
    assert alice.get(INFO).body == whole
    assert "the answer had no result.mood" in exchange.why["seen"]


def test_a_field_of_what_is_no_json(exchange: Exchange) -> None:
    """An unknown path is answered without a body."""
    order(exchange, drop=["time"])
    assert exchange.get("/v5/no/such").status == 404
    assert "not JSON" in exchange.why["seen"]


def test_a_changed_code_is_changed_too(exchange: Exchange, alice: Actor) -> None:
    """Fields can be changed of what stands instead of the answer."""
    order(exchange, retCode=10016, drop=["retMsg"])
    assert list(alice.get(INFO).json) == ["retCode", "result", "retExtInfo", "time"]


def test_limit_headers_are_left_out(exchange: Exchange, alice: Actor) -> None:
    """The body is the same."""
    order(exchange, path=INFO, limitHeaders=False, times=1)
    without, whole = alice.get(INFO), alice.get(INFO)
    assert [name for name in LIMITS if name in without.headers] == []
    assert [name for name in LIMITS if name in whole.headers] == LIMITS
    assert without.body == whole.body


# --- connections ---------------------------------------------------------------------------------

CLOSES = ["before", "middle", "after"]


def test_closed_before_the_answer(exchange: Exchange, alice: Actor) -> None:
    """Nothing of it is sent."""
    order(exchange, close="before")
    with Wire(port(exchange)) as wire:
        assert wire.send(signed(alice, "GET", INFO)).rest() == b""


def test_closed_in_the_middle_of_the_answer(exchange: Exchange, alice: Actor) -> None:
    """The whole head, and half of the body that it announces."""
    whole = alice.get(INFO)
    order(exchange, close="middle")
    with Wire(port(exchange)) as wire:
        head, _, body = wire.send(signed(alice, "GET", INFO)).rest().partition(b"\r\n\r\n")
    assert b"Content-Length: %d\r\n" % len(whole.body) in head
    assert body == whole.body[: len(whole.body) // 2]


def test_closed_in_the_middle_of_an_answer_without_a_body(exchange: Exchange) -> None:
    """Half of the head."""
    order(exchange, close="middle", status=502, body="empty")
    with Wire(port(exchange)) as wire:
        part = wire.send(b"GET /v5/market/time HTTP/1.1\r\nHost: utabox\r\n\r\n").rest()
    assert part.startswith(b"HTTP/1.1 502 ")
    assert b"\r\n\r\n" not in part


def test_closed_after_the_answer(exchange: Exchange, alice: Actor) -> None:
    """All of it, and it does not say that the connection ends."""
    order(exchange, close="after")
    with Wire(port(exchange)) as wire:
        answer = wire.send(signed(alice, "GET", INFO)).answer()
        assert wire.rest() == b""
    assert json.loads(answer.body)["retCode"] == 0
    assert "connection" not in answer.headers


@pytest.mark.parametrize("close", CLOSES)
def test_reset(exchange: Exchange, close: str) -> None:
    """RST instead of FIN, after as much of the answer."""
    order(exchange, close=close, reset=True)
    with Wire(port(exchange)) as wire:
        wire.send(b"GET /v5/market/time HTTP/1.1\r\nHost: utabox\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            wire.rest()
        assert (b"retCode" in wire.seen) is (close != "before")


@pytest.mark.parametrize("close", CLOSES)
def test_closed_behind_tls(tmp_path: Path, close: str) -> None:
    """TLS takes leave where the connection is closed, and not where it is reset."""
    authority = Authority(["api.bybit.com"])
    pem = tmp_path / "server.pem"
    pem.write_bytes(b"".join(authority.issue(["api.bybit.com"])))
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(pem)
    with running(tls=secure) as exchange:
        order(exchange, path=TIME, close=close, times=1)
        assert (b"retCode" in over_tls(exchange, authority)) is (close != "before")
        order(exchange, path=TIME, close=close, reset=True)
        with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
            over_tls(exchange, authority)


def over_tls(exchange: Exchange, authority: Authority) -> bytes:
    """What comes until the server takes leave."""
    client = ssl.create_default_context(cadata=authority.pem.decode())
    address = ("127.0.0.1", exchange.server.service.tls_port)
    with (
        socket.create_connection(address, timeout=5) as plain,
        client.wrap_socket(
            plain, server_hostname="api.bybit.com", suppress_ragged_eofs=False
        ) as connection,
    ):
        connection.sendall(b"GET /v5/market/time HTTP/1.1\r\nHost: utabox\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_answers_before_a_closed_one_leave_first(exchange: Exchange) -> None:
    """What was sent behind it is not answered."""
    order(exchange, path="/v5/no/such", close="before")
    asking = [b"GET %b HTTP/1.1\r\nHost: utabox\r\n\r\n" % path.encode()
              for path in (TIME, TIME, "/v5/no/such", TIME)]  # fmt: skip
    with Wire(port(exchange)) as wire:
        assert wire.send(b"".join(asking)).rest().count(b"HTTP/1.1 200") == 2


# --- delays --------------------------------------------------------------------------------------


def test_an_answer_is_held_back(exchange: Exchange, alice: Actor) -> None:
    """In real time, though the venue's stands still; the log counts it."""
    order(exchange, path=INFO, delayMs=40, jitterMs=20)
    assert alice.get(INFO).retCode == 0
    entry = logged(exchange)
    assert entry["tookMicroseconds"] >= 40_000
    assert 40 <= int(entry["why"]["details"]["delay_ms"]) <= 60


def test_others_do_not_wait(exchange: Exchange, alice: Actor) -> None:
    """Nor does the same client on another connection."""
    order(exchange, path=INFO, delayMs=600_000)
    with Wire(port(exchange)) as waiting:
        waiting.send(signed(alice, "GET", INFO))
        until(lambda: counts(exchange) == [(1, 1)])
        assert exchange.get(TIME).status == 200
        assert waiting.is_silent()


def test_answers_leave_in_the_order_of_the_requests(exchange: Exchange) -> None:
    """On one connection, what comes behind a delayed answer waits for it."""
    order(exchange, path="/v5/no/such", delayMs=30)
    asking = [b"GET %b HTTP/1.1\r\nHost: utabox\r\n\r\n" % path.encode()
              for path in ("/v5/no/such", TIME)]  # fmt: skip
    with Wire(port(exchange)) as wire:
        wire.send(b"".join(asking))
        assert [wire.answer().status, wire.answer().status] == [404, 200]


def test_a_client_that_has_left_is_not_answered(exchange: Exchange, alice: Actor) -> None:
    """The answer is dropped, and the log has it."""
    order(exchange, path=INFO, delayMs=50)
    with Wire(port(exchange)) as wire:
        wire.send(signed(alice, "GET", INFO))
        until(lambda: counts(exchange) == [(1, 1)])
    until(lambda: exchange.control("GET", "/-/requests?refused=1"))
    assert logged(exchange)["path"] == INFO
    assert exchange.get(TIME).status == 200


def test_a_server_that_stops_does_not_wait_for_it() -> None:
    """The answer leaves at once."""
    with running() as exchange, Wire(port(exchange)) as wire:
        order(exchange, path=TIME, delayMs=600_000)
        wire.send(b"GET /v5/market/time HTTP/1.1\r\nHost: utabox\r\n\r\n")
        until(lambda: counts(exchange) == [(1, 1)])
        exchange.server.stop()
        assert wire.answer().status == 200


# --- told ----------------------------------------------------------------------------------------


def test_the_log_says_which_fault_it_was(exchange: Exchange, alice: Actor) -> None:
    """What it is, what it did, and how to be rid of it; also where the answer was a success."""
    order(exchange, path=INFO, drop=["result.marginMode"])
    assert alice.get(INFO).retCode == 0
    why = exchange.why
    assert why["rule"] == ("Fault 1 of this venue: /v5/account/info: result.marginMode dropped.")
    assert why["expected"] == "without it, the account's own answer: retCode 0 OK"
    assert "`utabox fault remove 1`" in why["hint"]
    assert (why["details"]["matched"], why["details"]["fired"]) == ("1", "1")


def test_the_accounts_own_refusal_is_told_with_it(exchange: Exchange, alice: Actor) -> None:
    """Why it would have been refused without the fault, too."""
    order(exchange, path=INFO, drop=["retExtInfo"])
    assert alice.get(INFO, recv_window=1, timestamp=T0 - 10).retCode == 10002
    details = exchange.why["details"]
    assert details["own_ret_code"] == "10002"
    assert "recv_window" in details["own_why"]


def test_the_header_says_it_too() -> None:
    """Where a server explains in a header, also in an answer that is cut."""
    with running(explain_header=True) as exchange:
        order(exchange, path=TIME, drop=["time"])
        told = json.loads(exchange.get(TIME).headers["x-utabox-why"])
        assert told["rule"].startswith("Fault 1 of this venue")
        order(exchange, path=INFO, retCode=10016, close="middle", delayMs=1)
        with Wire(port(exchange)) as wire:
            part = wire.send(b"GET /v5/account/info HTTP/1.1\r\nHost: utabox\r\n\r\n").rest()
        assert b"X-Utabox-Why: " in part
        assert not part.endswith(b"}")


# --- doors ---------------------------------------------------------------------------------------


def test_listed_shown_and_removed(exchange: Exchange, alice: Actor) -> None:
    """With what was ordered and how often it was met."""
    first = order(exchange, uid=alice.uid, path=INFO, retCode=10016, times=2, note="flaky")
    assert (first["id"], first["left"], first["spent"]) == (1, 2, False)
    order(exchange, method="POST", delayMs=5, jitterMs=5)
    for _ in range(3):
        alice.get(INFO)
    listed = exchange.control("GET", FAULTS)
    assert [fault["id"] for fault in listed] == [1, 2]
    shown = exchange.control("GET", f"{FAULTS}/1")
    assert shown == listed[0]
    assert {name: shown[name] for name in ("matched", "fired", "left", "spent", "note")} == {
        "matched": 2, "fired": 2, "left": 0, "spent": True, "note": "flaky",
    }  # fmt: skip
    assert shown["summary"] == (
        f"/v5/account/info of UID {alice.uid}, at most 2 x: not executed, "
        "retCode 10016 instead of its answer"
    )
    assert exchange.control("DELETE", f"{FAULTS}/1") == {"deleted": 1}
    assert exchange.control("DELETE", FAULTS) == {"deleted": [2]}
    assert exchange.control("GET", FAULTS) == []


@pytest.mark.parametrize("number", ["2", "x", "-1", "²"])
def test_one_that_is_not_there(exchange: Exchange, number: str) -> None:
    """404 with those that are."""
    order(exchange, status=500)
    path = f"{FAULTS}/{number}" if number.isascii() else f"{FAULTS}/%C2%B2"
    for method in ("GET", "DELETE"):
        reply = exchange.control_reply(method, path)
        assert reply.status == 404
        assert reply.json["error"].endswith("there are 1")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "A fault must do something. Seen: no effect. Expected: at least one of retCode, "),
        ({"pth": "/v5/*", "status": 500}, "pth: there is no such member: did you mean path?"),
        ({"status": 299}, "one of 200, 400"),
        ({"retCode": 1, "times": 0}, "times is greater than 0"),
        ({"retCode": 1, "forMs": 0}, "forMs is greater than 0"),
        ({"retCode": 1, "mood": 1}, "mood"),
        ({"close": "never"}, "never"),
        ({"probability": "x", "status": 500}, "probability"),
    ],
)
def test_what_cannot_be_ordered(exchange: Exchange, body: dict[str, Any], said: str) -> None:
    """400 with a sentence, and nothing changed."""
    before = exchange.entries
    reply = exchange.control_reply("POST", FAULTS, body)
    assert reply.status == 400
    assert said in reply.json["error"]
    assert exchange.entries == before


def test_without_faults_nothing_is_written(exchange: Exchange, alice: Actor) -> None:
    """Every match is an entry of the journal; what does not match is none."""
    order(exchange, path=INFO, nth=1000, status=500)
    before = exchange.entries
    alice.get("/v5/user/query-api")
    assert exchange.entries == before
    alice.get(INFO)
    assert exchange.entries == before + 1
    assert counts(exchange) == [(1, 0)]


def test_kept_over_a_restart(tmp_path: Path) -> None:
    """Rules and counts: the third call is met, by the server that was started meanwhile."""
    data = str(tmp_path / "data")
    seen, hashes = [], []
    for run in (1, 2):
        clock = ManualClock(T0)
        with (
            Server(clock=clock, data=data) as server,
            closing(Exchange(server, clock, MemoryJournal())) as exchange,
        ):
            runtime = server.venue.runtime
            if run == 1:
                order(exchange, path=TIME, nth=3, status=500)
            else:
                hashes.append(server.call(runtime.state_hash))
            seen += [exchange.get(TIME).status for _ in range(2)]
            assert counts(exchange) == [(2, 0) if run == 1 else (4, 2)]
            if run == 1:
                hashes.append(server.call(runtime.state_hash))
    assert seen == [200, 200, 500, 500]
    assert hashes[0] == hashes[1]


# --- a client ------------------------------------------------------------------------------------


@contextmanager
def pybit(exchange: Exchange, **options: Any) -> Iterator[HTTP]:
    """A session of a new account, that does not wait between two tries unless it is told to."""
    actor = exchange.account()
    keys = {"api_key": actor.api_key, "api_secret": actor.secret}
    session = HTTP(**keys, retry_delay=0, **options)
    session.endpoint = exchange.server.url
    with closing(session.client):
        yield session


@pytest.mark.parametrize("code", [10002, 10006, 30034, 30035, 130035, 130150])
def test_pybit_tries_again(code: int) -> None:
    """Its own list of codes; after 10006 it waits until the time that the header tells."""
    with live() as exchange, pybit(exchange) as session:
        order(exchange, path=INFO, retCode=code, times=1)
        assert session.get_account_info()["retCode"] == 0
        assert counts(exchange) == [(1, 1)]


def test_pybit_gives_up() -> None:
    """A code that is not in its list, and a page instead of JSON."""
    with live() as exchange, pybit(exchange) as session:
        order(exchange, path=INFO, retCode=10016, times=1)
        with pytest.raises(InvalidRequestError, match="System error"):
            session.get_account_info()
        order(exchange, path=INFO, status=403, times=1)
        with pytest.raises(FailedRequestError, match="ip rate limit"):
            session.get_account_info()


def test_pybit_tries_again_what_was_done_already() -> None:
    """The lost answer: the mode was set by the first request, and the second sets it again."""
    with live() as exchange, pybit(exchange, force_retry=True) as session:
        order(exchange, path=MODE, executed=True, close="before", times=1)
        session.set_margin_mode(setMarginMode="ISOLATED_MARGIN")
        assert session.get_account_info()["result"]["marginMode"] == "ISOLATED_MARGIN"
        asked = [each["path"] for each in exchange.control("GET", "/-/requests")]
        assert asked == [MODE, MODE, INFO]
