"""Authentication as the wire shows it: statuses, codes, texts, their order, and the why."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from tests.actors import T0, Actor, Exchange, running

INFO = "/v5/account/info"


@pytest.fixture
def alice(exchange: Exchange) -> Actor:
    return exchange.account()


def test_one_fault_after_another(exchange: Exchange, alice: Actor) -> None:
    """Scenario 9 and the whole order of 3.5: each line cures the fault above it."""
    key = alice.key(ips=["203.0.113.7"])
    late = T0 - 5_001

    def ask(**changed: Any) -> int:
        return key.get(INFO, **changed).retCode

    assert exchange.get(INFO).status == 401
    assert ask(timestamp="soon", api_key="nobody", sign="x") == 10001
    assert ask(timestamp=late, recv_window="-1", api_key="nobody", sign="x") == 10001
    assert ask(timestamp=late, api_key="nobody", sign="x") == 10002
    assert ask(api_key="nobody", sign="x") == 10003
    assert ask(sign="x") == 10010
    exchange.control("PATCH", f"/-/keys/{key.api_key}", {"ips": ["127.0.0.1"]})
    assert ask(sign="x") == 10004
    assert ask() == 0


def test_missing_headers(exchange: Exchange, alice: Actor) -> None:
    """401 with JSON (Q4); the text holds what was there."""
    reply = alice.get(INFO, sign=None)
    assert (reply.status, reply.retCode) == (401, 10001)
    assert reply.retMsg == (
        f"empty value: apiTimestamp[{T0}] apiKey[{alice.api_key}] apiSignature[]: "
        "openapi sign params error!"
    )
    assert reply.headers["ret_code"] == "10001"
    assert "x-bapi-limit" not in reply.headers


def test_in_band_authentication_is_refused(exchange: Exchange, alice: Actor) -> None:
    """V1 and V2 carried it in the query; V5 calls that missing headers, and the why says so."""
    reply = exchange.get(f"{INFO}?api_key={alice.api_key}&timestamp={T0}&sign={'a' * 64}")
    assert (reply.status, reply.retCode) == (401, 10001)
    why = exchange.why
    assert "api_key" in why["seen"]
    logged = exchange.control("GET", "/-/requests?limit=2")[0]
    assert "a" * 64 not in str(logged)


@pytest.mark.parametrize(
    ("skew", "window", "code"),
    [
        (0, 5000, 0),
        (999, 5000, 0),
        (1000, 5000, 10002),
        (1000, 60_000, 10002),
        (-5000, 5000, 0),
        (-5001, 5000, 10002),
        (-5001, 5001, 0),
        (-1, 0, 10002),
        (0, 0, 0),
    ],
)
def test_the_window(alice: Actor, skew: int, window: int, code: int) -> None:
    """Scenario 11: server - window <= t < server + 1000; the future side does not grow."""
    reply = alice.get(INFO, timestamp=T0 + skew, recv_window=str(window) if window else "0")
    assert reply.retCode == code


def test_a_stale_clock_is_told_by_how_much(exchange: Exchange, alice: Actor) -> None:
    """The text of 2026 on the wire; skew and range in the why."""
    reply = alice.get(INFO, timestamp=T0 - 60_000)
    assert reply.retMsg == (
        "invalid request, please check your server timestamp or recv_window param: "
        f"req_timestamp[{T0 - 60_000}],server_timestamp[{T0}],recv_window[5000]"
    )
    assert exchange.why["details"]["skew_ms"] == "-60000"


def test_a_wrong_signature_echoes_the_payload(alice: Actor) -> None:
    """The text of 2026 hides timestamp, key and window; & is escaped on the wire."""
    reply = alice.get(INFO, "a=1&b=2", sign="0" * 64)
    assert reply.retMsg == (
        "Error sign, please check your signature generation algorithm: origin_string[***a=1&b=2]"
    )
    assert b"a=1\\u0026b=2" in reply.body


def test_the_texts_of_2023() -> None:
    """--text-epoch 2023: the whole string to sign, and a full stop before the values."""
    with running(text_epoch="2023") as exchange:
        alice = exchange.account()
        wrong = alice.get(INFO, sign="0" * 64).retMsg
        stale = alice.get(INFO, timestamp=1).retMsg
    assert wrong == f"error sign! origin_string[{T0}{alice.api_key}5000]"
    assert "recv_window param. req_timestamp[1]" in stale


def test_the_wrong_secret_is_named_as_such(exchange: Exchange, alice: Actor) -> None:
    """Nothing else fits, so the secret is the suspect; the signed text stands there."""
    imposter = Actor(exchange, alice.uid, alice.api_key, "another secret altogether")
    assert imposter.get(INFO).retCode == 10004
    why = exchange.why
    assert "secret" in why["hint"]
    assert why["details"]["signed_text"] == f"{T0}{alice.api_key}5000"
    assert alice.secret not in str(why)


def test_a_decoded_query_is_named_as_such(exchange: Exchange, alice: Actor) -> None:
    """Signed decoded, sent encoded: the why shows where the texts part."""
    text = f"{T0}{alice.api_key}5000coin=USDT,USDC"
    sign = hmac.new(alice.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    assert alice.get(INFO, "coin=USDT%2CUSDC", sign=sign).retCode == 10004
    why = exchange.why
    assert "decode" in (why["seen"] + why["hint"])
    assert why["details"]["first_difference"]
    assert sign not in str(exchange.control("GET", "/-/requests"))


def test_an_rsa_key(exchange: Exchange, alice: Actor) -> None:
    """Base64 of PKCS#1 v1.5 over SHA-256; query-api shows the public key."""
    private = rsa.generate_private_key(65537, 2048)
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key = alice.key(publicKey=pem.decode())
    text = f"{T0}{key.api_key}5000".encode()
    signature = private.sign(text, padding.PKCS1v15(), hashes.SHA256())

    reply = key.get("/v5/user/query-api", sign=base64.b64encode(signature).decode())

    assert reply.retCode == 0
    assert reply.result["rsaPublicKey"] == pem.decode()
    assert key.get(INFO).retCode == 10004, "an HMAC signature for an RSA key"
    assert "RSA" in exchange.why["hint"] + exchange.why["seen"]


def test_a_deleted_key(exchange: Exchange, alice: Actor) -> None:
    """Scenario 10: 10003 at the next request."""
    assert alice.get(INFO).retCode == 0
    exchange.control("DELETE", f"/-/keys/{alice.api_key}")
    reply = alice.get(INFO)
    assert (reply.retCode, reply.retMsg) == (10003, "API key is invalid.")


def test_a_key_made_anew_under_the_same_id(exchange: Exchange, alice: Actor) -> None:
    """The old secret is forgotten at once, although it was in use."""
    assert alice.get(INFO).retCode == 0
    exchange.control("DELETE", f"/-/keys/{alice.api_key}")
    renewed = alice.key(apiKey=alice.api_key, secret="another one")
    assert alice.get(INFO).retCode == 10004
    assert renewed.get(INFO).retCode == 0


def test_a_frozen_sub_account(exchange: Exchange) -> None:
    """Its keys answer 10008, also to reads, until it is thawed (4.5)."""
    sub = exchange.account(parent=exchange.account().uid)
    sub.set(frozen=True)
    reply = sub.get(INFO)
    assert (reply.retCode, reply.retMsg) == (
        10008,
        "Common banned, please check your account mode",
    )
    sub.set(frozen=False)
    assert sub.get(INFO).retCode == 0


def test_refusals_at_the_door_consume_nothing(exchange: Exchange, alice: Actor) -> None:
    """Fifty wrong signatures leave the allowance whole."""
    for_nothing = [alice.get(INFO, sign="0" * 64) for _ in range(50)]
    assert {reply.retCode for reply in for_nothing} == {10004}
    assert alice.get(INFO).headers["x-bapi-limit-status"] == "49"


def test_the_explanation_in_a_header() -> None:
    """--explain-header, for those who cannot look at the server."""
    with running(explain_header=True) as exchange:
        alice = exchange.account()
        refused = alice.get(INFO, timestamp=T0 - 60_000)
        fine = alice.get(INFO)
    assert '"skew_ms":"-60000"' in refused.headers["x-utabox-why"]
    assert "x-utabox-why" not in fine.headers


def test_the_address_limit() -> None:
    """--ip-limit: the 601st call within five seconds is refused for ten minutes."""
    with running(ip_limit=True) as exchange:
        replies = [exchange.get("/v5/market/time") for _ in range(601)]
        assert [reply.status for reply in replies[-2:]] == [200, 403]
        assert replies[-1].body == b"403, access too frequent"
        exchange.clock.advance(599_999)
        assert exchange.get("/v5/market/time").status == 403
        exchange.clock.advance(1)
        assert exchange.get("/v5/market/time").status == 200


def test_one_number_for_all_limits() -> None:
    """--rate-limits 2."""
    with running(rate_limits="2") as exchange:
        alice = exchange.account()
        replies = [alice.get(INFO) for _ in range(3)]
    assert [reply.retCode for reply in replies] == [0, 0, 10006]
    assert replies[0].headers["x-bapi-limit"] == "2"


def test_no_limits() -> None:
    """--rate-limits off: nobody is refused, and clients find the headers that they parse."""
    with running(rate_limits="off") as exchange:
        alice = exchange.account()
        replies = [alice.get(INFO) for _ in range(60)]
    assert {reply.retCode for reply in replies} == {0}
    assert replies[-1].headers["x-bapi-limit-status"] == "49"
