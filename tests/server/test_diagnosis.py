"""Each usual mistake of a client is called by its name."""

import base64
import hashlib
import hmac
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import assume, given
from hypothesis import strategies as st

from utabox.engine.state import Account, ApiKey, State
from utabox.server.auth import Keyring, Refusal, authenticate
from utabox.server.messages import Request
from utabox.server.mistakes import KEY_MISTAKES
from utabox.server.signature import HASH_MISTAKES, SECRET_MISTAKES
from utabox.terms import AccountKind, Algorithm
from utabox.why import Why

NOW = 1_748_312_640_123
TS = str(NOW)
KEY, OTHER_KEY, RSA_KEY = "utabox0000000000AA", "utabox0000000000BB", "utabox0000000000RR"
SECRET, OTHER_SECRET = "utabox-secret-0123456789abcdefghijkl", "another-secret"
HOST = "localhost:8642"
UID = 100_000_001


class ClearText:
    """A sealer for tests: nothing is sealed."""

    def open(self, sealed: bytes, context: bytes) -> bytes:
        return sealed


def sha256(text: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


@pytest.fixture(scope="module")
def pair() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def state(pair: rsa.RSAPrivateKey) -> State:
    """One account with two HMAC keys and an RSA key."""
    spki = PublicFormat.SubjectPublicKeyInfo
    pem = pair.public_key().public_bytes(Encoding.PEM, spki).decode()
    state = State()
    state.accounts[UID] = Account(UID, AccountKind.UTA2, NOW, 0)
    for key in (
        ApiKey(1, KEY, UID, Algorithm.HMAC, NOW, 0, 0, SECRET.encode()),
        ApiKey(2, OTHER_KEY, UID, Algorithm.HMAC, NOW, 0, 0, OTHER_SECRET.encode()),
        ApiKey(3, RSA_KEY, UID, Algorithm.RSA, NOW, 0, 0, public_key=pem),
    ):
        state.keys[key.api_key] = key
    state.next_key_id = 4
    return state


def explained(
    state: State,
    signature: str,
    *,
    key: str = KEY,
    query: str = "",
    body: str | None = None,
    window: str | None = "5000",
    path: str = "/v5/account/wallet-balance",
) -> Why:
    """The explanation of a request that was refused with 10004; a body makes it a POST."""
    headers = {
        b"host": HOST.encode(),
        b"x-bapi-api-key": key.encode(),
        b"x-bapi-timestamp": TS.encode(),
        b"x-bapi-sign": signature.encode(),
    }
    if window is not None:
        headers[b"x-bapi-recv-window"] = window.encode()
    method = "GET" if body is None else "POST"
    request = Request(method, path, query.encode(), headers, (body or "").encode())
    refusal = authenticate(request, NOW, state, Keyring(ClearText()))
    assert isinstance(refusal, Refusal)
    assert refusal.ret.code == 10004
    written = msgspec.json.encode(refusal.why).decode()
    assert SECRET not in written
    assert OTHER_SECRET not in written
    assert signature not in written or len(signature) < 16
    assert refusal.why.seen
    assert refusal.why.hint
    return refusal.why


def v5(payload: str, window: str = "5000", key: str = KEY) -> str:
    """The text that a correct client signs for `payload`."""
    return TS + key + window + payload


# --- the text: GET -----------------------------------------------------------------------------

SENT = "symbol=BTCUSDT&coin=USDT%2CUSDC&accountType=UNIFIED"
DECODED = "symbol=BTCUSDT&coin=USDT,USDC&accountType=UNIFIED"
BARE = "symbol=BTCUSDT&coin=USDT,USDC&accountType=UNIFIED"


def in_order(query: str) -> str:
    return "&".join(sorted(query.split("&")))


def swapped(query: str) -> str:
    pairs = urllib.parse.parse_qsl(query)
    return urllib.parse.urlencode(sorted(pairs))


GETS: list[tuple[str, str, str]] = [
    # mistake, query as sent, text that the client signs
    ("query-decoded", SENT, v5(DECODED)),
    ("query-decoded", "cursor=a%20b%3D", v5("cursor=a b=")),
    ("query-decoded", "note=a+b", v5("note=a b")),
    ("query-sorted", SENT, v5(in_order(SENT))),
    ("query-reordered", "a=1&b=2&c=3", v5("b=2&a=1&c=3")),
    ("query-reordered", "a=1&b=2&c=3&d=4&e=5&f=6", v5("c=3&d=4&e=5&f=6&a=1&b=2")),
    ("query-incomplete", "accountType=UNIFIED&coin=BTC", v5("accountType=UNIFIED")),
    ("query-sorted-decoded", SENT, v5(in_order(DECODED))),
    ("query-sorted-encoded", BARE, v5(swapped(BARE))),
    ("query-encoded", BARE, v5(SENT)),
    ("query-encoded", "a=x%20y", v5("a=x+y")),
    ("query-encoded", "a=x+y", v5("a=x%2By")),
    ("query-encoded", SENT, v5(SENT.replace("%2C", "%2c"))),
    ("query-encoded", "cursor=1%3A2", v5("cursor=1%253A2")),
    ("query-encoded", "cursor=1:2,3/4", v5("cursor=1:2%2C3/4".replace(":", "%3A"))),
    ("query-encoded", "a=(1)", v5("a=" + urllib.parse.quote("(1)"))),
    ("query-marks", SENT, v5("?" + SENT)),
    ("query-marks", SENT, v5(SENT + "&")),
    ("path-included", SENT, v5("/v5/account/wallet-balance?" + SENT)),
    ("path-included", SENT, v5("GET/v5/account/wallet-balance?" + SENT)),
    ("path-included", SENT, v5("GET/v5/account/wallet-balance" + SENT)),
    ("path-included", "", v5("/v5/account/wallet-balance")),
    ("path-included", SENT, v5(f"http://{HOST}/v5/account/wallet-balance?{SENT}")),
    ("payload-empty", SENT, v5("")),
    ("line-end", SENT, v5(SENT + "\n")),
    ("braces-for-empty", "", v5("{}")),
    ("query-as-json", "a=1&b=x", v5(json.dumps({"a": "1", "b": "x"}))),
    ("query-as-json", "b=x&a=1", v5('{"a":1,"b":"x"}')),
    ("recv-window-left-out", SENT, TS + KEY + SENT),
    ("recv-window-other", SENT, v5(SENT, "20000")),
    ("timestamp-other-unit", SENT, TS[:-3] + KEY + "5000" + SENT),
    ("timestamp-taken-twice", SENT, str(NOW - 3) + KEY + "5000" + SENT),
    ("part-order", SENT, KEY + TS + "5000" + SENT),
    ("part-order", SENT, TS + "5000" + KEY + SENT),
    ("part-order", SENT, SENT + TS + KEY + "5000"),
    ("part-missing", SENT, SENT),
    ("part-missing", SENT, TS + "5000" + SENT),
    ("part-missing", SENT, TS + SENT),
    ("parts-separated", SENT, "\n".join((TS, KEY, "5000", SENT))),
    ("parts-separated", SENT, "&".join((TS, KEY, "5000", SENT))),
    ("line-end", SENT, v5(SENT) + "\n"),
    ("api-key-with-spaces", SENT, v5(SENT, key=KEY + " ")),
    ("api-key-with-spaces", SENT, v5(SENT, key=" " + KEY)),
    ("websocket-text", "", f"GET/realtime{TS}"),
    ("method-and-path", SENT, f"{TS}GET/v5/account/wallet-balance?{SENT}"),
    (
        "legacy-parameters",
        "symbol=BTCUSDT&coin=BTC",
        f"api_key={KEY}&coin=BTC&recv_window=5000&symbol=BTCUSDT&timestamp={TS}",
    ),
    ("legacy-parameters", "symbol=A", f"api_key={KEY}&symbol=A&timestamp={TS}"),
    # Two at once.
    ("query-decoded+recv-window-left-out", SENT, TS + KEY + DECODED),
    ("query-sorted+recv-window-other", SENT, v5(in_order(SENT), "10000")),
]


@pytest.mark.parametrize(("mistake", "query", "text"), GETS)
def test_another_text_was_signed_for_a_get(
    state: State, mistake: str, query: str, text: str
) -> None:
    why = explained(state, sha256(text), query=query)

    assert why.details["mistake"] == mistake
    assert why.details["signed_text"] == v5(query)
    assert why.details["client_text"] == text
    assert why.details["first_difference"].startswith("at byte ")


# --- the text: POST ----------------------------------------------------------------------------

ORDER: dict[str, Any] = {"symbol": "BTCUSDT", "qty": 1.0, "note": "ä&/", "deep": {"b": 1, "a": [2]}}
COMPACT = json.dumps(ORDER, separators=(",", ":"))
SPACED = json.dumps(ORDER)
FLAT: dict[str, Any] = {"symbol": "BTC,USDT", "enable": True, "category": "linear"}
FLAT_BODY = json.dumps(FLAT)

POSTS: list[tuple[str, str, str]] = [
    # mistake, body as sent, payload that the client signs
    ("json-compact", SPACED, COMPACT),
    ("json-compact", SPACED, json.dumps(ORDER, separators=(",", ":"), ensure_ascii=False)),
    ("json-compact", SPACED, COMPACT.replace("1.0", "1")),
    ("json-spaced", COMPACT, SPACED),
    ("json-spaced", COMPACT, json.dumps(ORDER, ensure_ascii=False)),
    ("json-sorted", COMPACT, json.dumps(ORDER, sort_keys=True)),
    ("json-sorted", SPACED, json.dumps(ORDER, sort_keys=True, separators=(",", ":"))),
    ("json-indented", COMPACT, json.dumps(ORDER, indent=2, ensure_ascii=False)),
    ("json-indented", COMPACT, json.dumps(ORDER, indent=4, ensure_ascii=False)),
    ("json-escaped", COMPACT, COMPACT.replace("/", "\\/")),
    ("json-escaped", COMPACT, COMPACT.replace("&", "\\u0026")),
    ("python-repr", COMPACT, str(ORDER)),
    ("serialised-twice", json.dumps(COMPACT), COMPACT),
    ("serialised-twice", COMPACT, json.dumps(COMPACT)),
    ("serialised-twice", SPACED, json.dumps(SPACED)),
    ("line-end", COMPACT, COMPACT + "\n"),
    ("line-end", COMPACT + "\n", COMPACT),
    ("payload-empty", COMPACT, ""),
    ("payload-empty", "{}", ""),
    ("braces-for-empty", "", "{}"),
    ("body-as-query", FLAT_BODY, "symbol=BTC,USDT&enable=true&category=linear"),
    ("body-as-query", FLAT_BODY, "category=linear&enable=True&symbol=BTC,USDT"),
    ("body-as-query", FLAT_BODY, urllib.parse.urlencode(FLAT)),
    ("path-included", COMPACT, "POST/v5/account/wallet-balance" + COMPACT),
    ("path-included", COMPACT, "/v5/account/wallet-balance" + COMPACT),
]


@pytest.mark.parametrize(("mistake", "body", "payload"), POSTS)
def test_another_payload_was_signed_for_a_post(
    state: State, mistake: str, body: str, payload: str
) -> None:
    why = explained(state, sha256(v5(payload)), body=body)

    assert why.details["mistake"] == mistake
    assert why.details["client_text"] == v5(payload)


def test_the_query_of_a_post_was_signed(state: State) -> None:
    why = explained(state, sha256(v5("a=1")), query="a=1", body="{}")

    assert why.details["mistake"] == "other-part"


SENTENCES: list[tuple[str, str, str]] = [
    # text that the client signs for a POST, what it is told
    (v5("a=1"), "but a POST signs its body", "Sign the body"),
    (v5("a=1{}"), "Query string and body were signed together", "Sign the body"),
    (v5("null"), "`null` was signed", "empty payload differ"),
    (v5("{}\n"), "(LF)", "echo"),
    (v5("{}", "20000"), "signed is 20000", "X-BAPI-RECV-WINDOW"),
    (KEY + TS + "5000{}", "api key, timestamp, recv_window, payload", "The order is"),
    (TS + "{}", "Only timestamp, payload were signed", "four parts"),
    ("|".join((TS, KEY, "5000", "{}")), "`|` between", "nothing in between"),
    (v5("https://localhost:8642/v5/account/wallet-balance?a=1{}"), "whole URL", "neither"),
]


@pytest.mark.parametrize(("text", "seen", "hint"), SENTENCES)
def test_the_actual_mistake_is_told_and_no_alternatives(
    state: State, text: str, seen: str, hint: str
) -> None:
    why = explained(state, sha256(text), query="a=1", body="{}")

    assert seen in why.seen
    assert hint in why.hint


def test_the_signed_text_stands_in_what_is_expected(state: State) -> None:
    """So that every printed form has it; cut, for the details have more."""
    short = explained(state, "0" * 64, query="a=1")
    long = explained(state, "0" * 64, body="x" * 500)

    assert short.expected.endswith("of this text: " + v5("a=1"))
    assert len(long.expected) < 350
    assert long.expected.endswith(f"x... ({500 + len(v5(''))} bytes in all)")


def test_legacy_parameters_of_a_post(state: State) -> None:
    text = f"api_key={KEY}&symbol=A&timestamp={TS}"

    why = explained(state, sha256(text), body='{"symbol":"A"}')

    assert why.details["mistake"] == "legacy-parameters"


def test_a_recv_window_was_signed_but_not_sent(state: State) -> None:
    why = explained(state, sha256(v5("", "20000")), window=None)

    assert why.details["mistake"] == "recv-window-unsent"


def test_the_first_difference_shows_both_texts(state: State) -> None:
    why = explained(state, sha256(v5("coin=USDT,USDC&a=1")), query="coin=USDT%2CUSDC&a=1")

    assert why.details["first_difference"] == (
        "at byte 44: the server signed '...00000AA5000coin=USDT%2CUSDC&a=1', "
        "you signed '...00000AA5000coin=USDT,USDC&a=1'"
    )


def test_a_text_that_ends_early_is_shown_to_end(state: State) -> None:
    why = explained(state, sha256(v5("")), query="a=1")

    assert why.details["first_difference"].endswith("5000' and nothing more")


# --- the key -----------------------------------------------------------------------------------

SECRETS: list[tuple[str, str]] = [
    ("key-id-as-secret", KEY),
    ("secret-with-newline", SECRET + "\n"),
    ("secret-with-newline", SECRET + "\r\n"),
    ("secret-with-spaces", SECRET + " "),
    ("secret-with-spaces", " " + SECRET),
    ("secret-with-quotes", f'"{SECRET}"'),
    ("secret-base64-encoded", base64.b64encode(SECRET.encode()).decode()),
    ("secret-in-other-case", SECRET.upper()),
    ("secret-empty", ""),
    ("other-key", OTHER_SECRET),
    ("unknown", "no idea"),
]


@pytest.mark.parametrize(("mistake", "secret"), SECRETS)
def test_another_secret_was_used(state: State, mistake: str, secret: str) -> None:
    why = explained(state, sha256(v5("a=1"), secret), query="a=1")

    assert why.details["mistake"] == mistake
    assert "client_text" not in why.details


def test_another_key_of_the_account_is_named(state: State) -> None:
    why = explained(state, sha256(v5(""), OTHER_SECRET))

    assert OTHER_KEY in why.seen
    assert OTHER_KEY in why.hint


@pytest.mark.parametrize(
    ("mistake", "secret", "decode"),
    [
        ("secret-hex-decoded", "00ff" * 16, bytes.fromhex),
        ("secret-base64-decoded", "QUJD/+A=", base64.b64decode),
        ("secret-base64-decoded", "QUJD_-A", lambda text: base64.urlsafe_b64decode(text + "=")),
    ],
)
def test_the_secret_was_decoded(mistake: str, secret: str, decode: Callable[[str], bytes]) -> None:
    state = State()
    state.accounts[UID] = Account(UID, AccountKind.UTA2, NOW, 0)
    state.keys[KEY] = ApiKey(1, KEY, UID, Algorithm.HMAC, NOW, 0, 0, secret.encode())
    signature = hmac.new(decode(secret), v5("").encode(), hashlib.sha256).hexdigest()

    assert explained(state, signature).details["mistake"] == mistake


def test_every_mistake_with_secret_or_hash_has_words() -> None:
    assert set(KEY_MISTAKES) == SECRET_MISTAKES | HASH_MISTAKES | {"key-id-as-secret"}


# --- the form and the hash ---------------------------------------------------------------------

GOOD = sha256(v5("a=1"))
RAW = bytes.fromhex(GOOD)


def keyed(algorithm: str) -> str:
    return hmac.new(SECRET.encode(), v5("a=1").encode(), algorithm).hexdigest()


FORMS: list[tuple[str, str]] = [
    ("hex-upper", GOOD.upper()),
    ("hmac-base64", base64.b64encode(RAW).decode()),
    ("hmac-base64", base64.urlsafe_b64encode(RAW).decode().rstrip("=")),
    ("hmac-base64-of-hex", base64.b64encode(GOOD.encode()).decode()),
    ("signature-wrapped", f'"{GOOD}"'),
    ("signature-wrapped", f"b'{GOOD}'"),
    ("signature-wrapped", "0x" + GOOD),
    ("hmac-sha512", keyed("sha512")),
    ("hmac-sha384", keyed("sha384")),
    ("hmac-sha1", keyed("sha1")),
    ("hmac-md5", keyed("md5")),
    ("hmac-base64+hmac-sha512", base64.b64encode(bytes.fromhex(keyed("sha512"))).decode()),
    ("plain-sha256", hashlib.sha256(v5("a=1").encode()).hexdigest()),
    ("plain-sha256", hashlib.sha256((v5("a=1") + SECRET).encode()).hexdigest()),
    ("arguments-swapped", hmac.new(v5("a=1").encode(), SECRET.encode(), "sha256").hexdigest()),
    ("rsa-for-hmac", base64.b64encode(b"\x01" * 256).decode()),
    ("rsa-for-hmac", "ab" * 256),
    ("malformed", GOOD[:-1]),
    ("malformed", "signature"),
    ("malformed", "abc"),
    ("unknown", "0" * 64),
    ("hex-upper+query-marks", sha256(v5("?a=1")).upper()),
]


@pytest.mark.parametrize(("mistake", "signature"), FORMS)
def test_the_signature_has_another_form(state: State, mistake: str, signature: str) -> None:
    assert explained(state, signature, query="a=1").details["mistake"] == mistake


def test_of_a_signature_six_characters_are_shown(state: State) -> None:
    why = explained(state, "0123456789abcdef" * 4)

    assert why.details["signature"] == "012345... (64 characters)"


# --- RSA ---------------------------------------------------------------------------------------

RSA_TEXT = v5("a=1", key=RSA_KEY)


def rsa_sign(
    pair: rsa.RSAPrivateKey,
    text: str = RSA_TEXT,
    hashed: hashes.HashAlgorithm | utils.Prehashed | None = None,
    pad: padding.AsymmetricPadding | None = None,
) -> bytes:
    return pair.sign(text.encode(), pad or padding.PKCS1v15(), hashed or hashes.SHA256())


RSA_FORMS: list[tuple[str, Callable[[rsa.RSAPrivateKey], bytes | str]]] = [
    ("rsa-hex", lambda pair: rsa_sign(pair).hex()),
    ("rsa-hex", lambda pair: rsa_sign(pair).hex().upper()),
    ("rsa-base64-variant", lambda pair: base64.b64encode(rsa_sign(pair)).rstrip(b"=")),
    ("rsa-base64-of-hex", lambda pair: base64.b64encode(rsa_sign(pair).hex().encode())),
    ("signature-wrapped", lambda pair: str(base64.b64encode(rsa_sign(pair)))),
    (
        "signature-wrapped",
        lambda pair: urllib.parse.quote(base64.b64encode(rsa_sign(pair)), safe=""),
    ),
    (
        "rsa-pss",
        lambda pair: base64.b64encode(
            rsa_sign(pair, pad=padding.PSS(padding.MGF1(hashes.SHA256()), 32))
        ),
    ),
    ("rsa-sha512", lambda pair: base64.b64encode(rsa_sign(pair, hashed=hashes.SHA512()))),
    ("rsa-sha1", lambda pair: base64.b64encode(rsa_sign(pair, hashed=hashes.SHA1()))),
    (
        "hashed-twice",
        lambda pair: base64.b64encode(
            rsa_sign(pair, hashlib.sha256(RSA_TEXT.encode()).hexdigest())
        ),
    ),
    ("query-marks", lambda pair: base64.b64encode(rsa_sign(pair, v5("?a=1", key=RSA_KEY)))),
    ("recv-window-left-out", lambda pair: base64.b64encode(rsa_sign(pair, f"{TS}{RSA_KEY}a=1"))),
    (
        "rsa-hex+query-marks",
        lambda pair: rsa_sign(pair, v5("?a=1", key=RSA_KEY)).hex(),
    ),
    ("rsa-other-text", lambda pair: base64.b64encode(rsa_sign(pair, "something else"))),
    ("rsa-other-key", lambda _: base64.b64encode(b"\x01" * 256)),
    ("malformed", lambda _: base64.b64encode(b"\x01" * 255)),
    ("hmac-for-rsa", lambda _: sha256(RSA_TEXT, "?")),
    ("hmac-for-rsa", lambda _: base64.b64encode(bytes.fromhex(sha256(RSA_TEXT, "?")))),
    ("other-key", lambda _: sha256(RSA_TEXT)),
]


@pytest.mark.parametrize(("mistake", "sign"), RSA_FORMS)
def test_an_rsa_signature_was_made_otherwise(
    state: State,
    pair: rsa.RSAPrivateKey,
    mistake: str,
    sign: Callable[[rsa.RSAPrivateKey], bytes | str],
) -> None:
    signature = sign(pair)
    text = signature if isinstance(signature, str) else signature.decode()

    assert explained(state, text, key=RSA_KEY, query="a=1").details["mistake"] == mistake


def test_the_rsa_key_of_the_account_signed_for_an_hmac_key(
    state: State, pair: rsa.RSAPrivateKey
) -> None:
    signature = base64.b64encode(rsa_sign(pair, v5(""))).decode()

    why = explained(state, signature)

    assert why.details["mistake"] == "other-key"
    assert RSA_KEY in why.hint


# --- bounds ------------------------------------------------------------------------------------


def test_long_texts_are_cut(state: State) -> None:
    shown = explained(state, "0" * 64, body="x" * 5_000).details["signed_text"]

    assert shown.endswith(f"... ({5_000 + len(v5(''))} bytes in all)")
    assert len(shown) < 2_050


def test_a_large_payload_is_tried_with_a_short_list(state: State) -> None:
    """The empty payload is on it, other JSON is not."""
    body = json.dumps(["x" * 70_000, 1])

    empty = explained(state, sha256(v5("")), body=body)
    compact = explained(state, sha256(v5(body.replace(" ", ""))), body=body)

    assert empty.details["mistake"] == "payload-empty"
    assert compact.details["mistake"] == "unknown"


def test_keys_that_are_made_later_are_not_tried(state: State) -> None:
    """The explanation is of the moment of the refusal, whenever it is read."""
    later = ApiKey(4, "utabox0000000000LL", UID, Algorithm.HMAC, NOW, 0, 0, b"a-later-secret")
    headers = {
        b"x-bapi-api-key": KEY.encode(),
        b"x-bapi-timestamp": TS.encode(),
        b"x-bapi-sign": sha256(TS + KEY, "a-later-secret").encode(),
    }
    request = Request("GET", "/", b"", headers)
    refusals = [authenticate(request, NOW, state, Keyring(ClearText()))]
    state.keys[later.api_key], state.next_key_id = later, 5
    refusals.append(authenticate(request, NOW, state, Keyring(ClearText())))
    del state.keys[later.api_key]
    state.keys[later.api_key] = later

    mistakes = [each.why.details["mistake"] for each in refusals if isinstance(each, Refusal)]

    del state.keys[later.api_key]
    state.next_key_id = 4
    assert mistakes == ["unknown", "other-key"]


def test_the_secret_sent_as_a_signature_is_not_shown(state: State) -> None:
    why = explained(state, SECRET, query="a=1")

    assert why.details["mistake"] == "secret-sent"
    assert SECRET[:6] not in why.details["signature"]


@pytest.mark.parametrize(
    ("query", "signed"),
    [
        (f"a=1&key={SECRET}", f"key={SECRET}&a=1"),
        ("a=1&api_secret=Another-Secret-Of-Mine", "a=1&api_secret=another-secret-of-mine"),
    ],
)
def test_secrets_in_the_signed_text_are_hidden_before_it_is_cut(
    state: State, query: str, signed: str
) -> None:
    """The first difference shows a piece of each text, and no piece of a secret."""
    written = str(explained(state, sha256(v5(signed)), query=query).details)

    assert SECRET[5:20] not in written
    assert "Secret-Of" not in written


@pytest.mark.parametrize("size", [500, 2_700, 16_000, 60_000, 1_000_000])
@pytest.mark.parametrize(
    "unit", [b"a=%C3&", b'{"a":', b"1.0,", b'"a":1,', b'sign\\"secret":"', b"["]
)
def test_any_payload_is_explained(state: State, size: int, unit: bytes) -> None:
    """What such payloads cost is `make bench`'s to measure; here they come to an end."""
    text = (unit * (size // len(unit))).decode()

    assert explained(state, "0" * 64, body=text).hint
    assert explained(state, "0" * 64, body=json.dumps([text])).hint


@pytest.mark.parametrize(
    "body", ["[" * 60_000, "a=%20&" * 10_000, "1" * 60_000, '{"a":' + "[1.0]," * 9_000 + "1}"]
)
def test_large_payloads_are_explained_wherever_they_stand(state: State, body: str) -> None:
    """In the body or in the query."""
    assert explained(state, "0" * 64, body=body).hint
    assert explained(state, "0" * 64, query=body).hint


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(
    signature=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1)
    | st.binary(min_size=16, max_size=64).map(bytes.hex),
    query=st.text(max_size=30),
    body=JSON.map(json.dumps) | st.text(max_size=30),
)
def test_every_refusal_can_be_explained(
    state: State, signature: str, query: str, body: str
) -> None:
    assume(signature not in body and json.dumps(signature)[1:-1] not in body)

    why = explained(state, signature, query=query, body=body)

    assert why.details["signed_text"] == v5(body)
