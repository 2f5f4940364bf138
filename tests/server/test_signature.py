"""Signatures: the vectors of the specification, strict spelling, and keys that we take."""

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from utabox.server.signature import (
    DUMMY,
    HASH_MISTAKES,
    SECRET_MISTAKES,
    HmacVerifier,
    RsaVerifier,
    parse_public_key,
    sign_hmac,
    sign_rsa,
    signed_text,
)

KEY = b"utabox0000000000AA"
SECRET = b"utabox-secret-0123456789abcdefghijkl"
TEXT = b"1748312640123utabox0000000000AA5000"

VECTORS = [
    ("", "70152ccddc1ec48226bcd744d33a56a20996b70635f13c1907a9780e2772d6ce"),
    (
        "category=linear&symbol=BTCUSDT",
        "7336822b6b48374f45aac242abf22d07b217d2be42bd48f67eec412be296b06a",
    ),
    (
        "accountType=UNIFIED&coin=USDT%2CUSDC",
        "ef878a86616e7c10d32d60392b99d35003ad22b731e9ab2563fc4bf9000099ad",
    ),
    (
        "accountType=UNIFIED&coin=USDT,USDC",
        "886e67ab89a5cbbcc70f155d4a50c68cb1cf3b63c5eb22e917f05cfc5868d3e3",
    ),
    ("{}", "04681203a48df4ac30a5e0715489fa22d02e4f4895c983a187e605f735b5cf65"),
    (
        '{"setMarginMode":"PORTFOLIO_MARGIN"}',
        "cfde51d59610696162551f0bf8373261f176f828f9f0a1e6edbd5fdbc984e4d4",
    ),
    (
        '{"setMarginMode": "PORTFOLIO_MARGIN"}',
        "840f586a6a3738bfd589aed89d3f59018f1e52d94cb139caaddf049a26d067c6",
    ),
]


def private_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    spki = PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(Encoding.PEM, spki).decode()


@pytest.fixture(scope="module")
def pair() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def rsa_verifier(pair: rsa.RSAPrivateKey) -> RsaVerifier:
    return RsaVerifier(public_pem(pair))


@pytest.mark.parametrize(("payload", "signature"), VECTORS)
def test_the_vectors_of_the_specification(payload: str, signature: str) -> None:
    """Signing gives them and checking takes them."""
    text = signed_text(b"1748312640123", KEY, b"5000", payload.encode())

    assert sign_hmac(SECRET, text) == signature
    assert HmacVerifier(SECRET).verify(text, signature.encode())


def test_the_websocket_signs_another_text() -> None:
    signature = "4dd7e5a78dfae17be6b9f3ad460280a19a42b837ca81777a8a6353d2e92bdf2e"

    assert sign_hmac(SECRET, b"GET/realtime1748312650000") == signature


def test_a_vector_that_a_public_client_prints() -> None:
    text = signed_text(
        b"1700000000000", b"test_api_key", b"5000", b"category=linear&symbol=BTCUSDT"
    )
    signature = b"fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7"

    assert HmacVerifier(b"test_secret").verify(text, signature)


@given(secret=st.binary(max_size=200), text=st.binary(max_size=300))
def test_precomputed_states_give_what_hmac_gives(secret: bytes, text: bytes) -> None:
    """Also for secrets longer than a block of SHA-256."""
    assert HmacVerifier(secret).digest(text) == hmac.digest(secret, text, "sha256")


def test_an_hmac_has_one_spelling() -> None:
    """Lower-case hex of full length; all else is refused."""
    verifier, good = HmacVerifier(SECRET), sign_hmac(SECRET, TEXT).encode()
    others = [
        good.upper(), good[:-1], good + b"0", b" " + good, good + b"\n", b"0x" + good, b"",
        base64.b64encode(bytes.fromhex(good.decode())),
    ]  # fmt: skip

    assert verifier.verify(TEXT, good)
    assert not any(verifier.verify(TEXT, other) for other in others)
    assert not verifier.verify(TEXT + b" ", good)


@given(text=st.binary(max_size=100), signature=st.binary(max_size=400))
def test_no_bytes_make_an_hmac_check_raise(text: bytes, signature: bytes) -> None:
    assert HmacVerifier(SECRET).verify(text, signature) is False
    assert DUMMY.verify(text, signature) is False


def test_the_secret_does_not_leave_the_verifier() -> None:
    """Not by its printed form, and spoilt forms of it are verifiers too."""
    verifier = HmacVerifier(SECRET)

    assert SECRET.decode() not in f"{verifier!r} {verifier}"
    assert {name for name, _ in verifier.mistaken_secrets()} < SECRET_MISTAKES
    assert {name for name, _ in verifier.mistaken_hashes(TEXT)} == HASH_MISTAKES


def test_rsa_takes_what_the_private_key_signs(
    pair: rsa.RSAPrivateKey, rsa_verifier: RsaVerifier
) -> None:
    signature = sign_rsa(private_pem(pair), TEXT).encode()

    assert rsa_verifier.verify(TEXT, signature)
    assert not rsa_verifier.verify(TEXT + b"x", signature)


def test_an_rsa_signature_has_one_spelling(
    pair: rsa.RSAPrivateKey, rsa_verifier: RsaVerifier
) -> None:
    """Standard base64 with padding; the last character before it has four spare bits, all zero."""
    good = sign_rsa(private_pem(pair), TEXT).encode()
    raw = base64.b64decode(good)
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spare_bits = good[:-3] + alphabet[alphabet.index(good[-3:-2]) + 1 :][:1] + b"=="
    assert base64.b64decode(spare_bits) == raw
    others = [
        good.rstrip(b"="), good + b"=", good[:76] + b"\n" + good[76:], b" " + good, spare_bits,
        raw.hex().encode(), raw, base64.b64encode(b"\0" + raw), b"", b"====",
    ]  # fmt: skip

    assert not any(rsa_verifier.verify(TEXT, other) for other in others)


@given(text=st.binary(max_size=100), signature=st.binary(max_size=400))
def test_no_bytes_make_an_rsa_check_raise(
    rsa_verifier: RsaVerifier, text: bytes, signature: bytes
) -> None:
    assert rsa_verifier.verify(text, signature) is False
    assert rsa_verifier.verify(text, base64.b64encode(signature)) is False
    assert rsa_verifier.signed_digest(signature) is None
    assert rsa_verifier.verify_pss(text, signature) is False


def test_an_rsa_signature_tells_what_it_signed(
    pair: rsa.RSAPrivateKey, rsa_verifier: RsaVerifier
) -> None:
    raw = base64.b64decode(sign_rsa(private_pem(pair), TEXT))

    assert rsa_verifier.signed_digest(raw) == ("sha256", hashlib.sha256(TEXT).digest())


def test_both_pem_forms_of_a_public_key_are_taken(pair: rsa.RSAPrivateKey) -> None:
    pkcs1 = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()

    assert parse_public_key(pkcs1) == parse_public_key(public_pem(pair)) == pair.public_key()


def test_a_private_key_is_not_taken(pair: rsa.RSAPrivateKey) -> None:
    with pytest.raises(ValueError, match="private key: keep it to yourself"):
        parse_public_key(private_pem(pair))


def test_short_keys_are_not_taken() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)

    with pytest.raises(ValueError, match="1024 bits; at least 2048"):
        parse_public_key(public_pem(short))


def test_a_large_exponent_is_not_taken(pair: rsa.RSAPrivateKey) -> None:
    numbers = rsa.RSAPublicNumbers((1 << 64) + 1, pair.public_key().public_numbers().n)
    spki = PublicFormat.SubjectPublicKeyInfo
    pem = numbers.public_key().public_bytes(Encoding.PEM, spki).decode()

    with pytest.raises(ValueError, match="exponent"):
        parse_public_key(pem)


def test_other_kinds_of_keys_are_not_taken() -> None:
    with pytest.raises(ValueError, match="not an RSA key"):
        parse_public_key(public_pem(ec.generate_private_key(ec.SECP256R1())))


@pytest.mark.parametrize(
    ("pem", "sentence"),
    [
        ("", "not a public key in PEM form"),
        ("ssh-rsa AAAA", "not a public key in PEM form"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "not a public key"),
        ("-----BEGIN CERTIFICATE-----", "this is a certificate"),
        ("\udcff\u00e4", "not a public key"),
    ],
)
def test_what_is_no_key_is_refused_with_a_sentence(pem: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_public_key(pem)
