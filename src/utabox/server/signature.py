"""Signatures: the text that a request signs, and the objects that check it.

A key's own record chooses the algorithm; `X-BAPI-SIGN-TYPE` never does.
Source: account-semantics 3.2 and 3.3.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from binascii import hexlify
from collections.abc import Callable, Iterator
from hmac import compare_digest
from typing import TYPE_CHECKING, Protocol

from utabox.server.excerpts import Finder, finder_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

RSA_BITS_MIN = 2048
RSA_BITS_MAX = 8192  # ours: keeps one verification below a millisecond
RSA_EXPONENT_BITS_MAX = 32  # ours, for the same reason; nearly every key has 65537


class Verifier(Protocol):
    """Checks the signatures of one key."""

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature`, as it stood in its header, signs `text`. Never raises."""


def signed_text(timestamp: bytes, api_key: bytes, recv_window: bytes, payload: bytes) -> bytes:
    """The text to sign: plain concatenation, each part exactly as sent.

    Args:
        payload: The raw query of a GET, the raw body of a POST.
    Source:
        docs/v5/guide
    """
    return timestamp + api_key + recv_window + payload


_FINGERPRINT_KEY = secrets.token_bytes(32)


def fingerprint(secret: bytes) -> bytes:
    """Tells equal secrets from others within this process, and says nothing else of them."""
    return hashlib.blake2b(secret, key=_FINGERPRINT_KEY, digest_size=16).digest()


_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))


class HmacVerifier:
    """HMAC-SHA256 with a system-generated secret; 64 lower-case hex digits on the wire.

    Both padded states are computed once and copied for every call: less than half the cost of
    `hmac.digest`, which hashes the padded secret twice each time.
    """

    __slots__ = ("_inner", "_outer", "_secret")

    def __init__(self, secret: bytes) -> None:
        key = hashlib.sha256(secret).digest() if len(secret) > 64 else secret
        padded = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER_PAD))
        self._outer = hashlib.sha256(padded.translate(_OUTER_PAD))
        self._secret = secret

    def digest(self, text: bytes) -> bytes:
        """The 32 bytes that sign `text`."""
        inner = self._inner.copy()
        inner.update(text)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` signs `text`; compares in constant time. Never raises."""
        # digest(), written out: a call would cost a tenth of the work.
        inner = self._inner.copy()
        inner.update(text)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return compare_digest(hexlify(outer.digest()), signature)

    @property
    def fingerprint(self) -> bytes:
        """`fingerprint` of the secret."""
        return fingerprint(self._secret)

    def finder(self) -> Finder:
        """Finds the secret in texts that are about to be shown, however it is written."""
        return finder_of(self._secret)

    def mistaken_secrets(self) -> Iterator[tuple[str, HmacVerifier]]:
        """Verifiers of clients that spoil the secret, by the names in `SECRET_MISTAKES`.

        The secret itself does not leave this module.
        """
        for name, spoil in _SPOILED:
            try:
                spoiled = spoil(self._secret)
            except ValueError:  # not hex, not base64: nobody decoded this secret
                continue
            if spoiled != self._secret:
                yield name, HmacVerifier(spoiled)

    def mistaken_hashes(self, text: bytes) -> Iterator[tuple[str, bytes]]:
        """What clients with another hash sign, by the names in `HASH_MISTAKES`."""
        for algorithm in ("sha512", "sha384", "sha1", "md5"):
            yield f"hmac-{algorithm}", hmac.digest(self._secret, text, algorithm)
        yield "plain-sha256", hashlib.sha256(text).digest()
        yield "plain-sha256", hashlib.sha256(text + self._secret).digest()
        yield "plain-sha256", hashlib.sha256(self._secret + text).digest()
        yield "arguments-swapped", hmac.digest(text, self._secret, "sha256")


_SPOILED: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("secret-with-newline", lambda secret: secret + b"\n"),
    ("secret-with-newline", lambda secret: secret + b"\r\n"),
    ("secret-with-spaces", lambda secret: secret + b" "),
    ("secret-with-spaces", lambda secret: b" " + secret),
    ("secret-with-spaces", lambda secret: b" " + secret + b" "),
    ("secret-with-quotes", lambda secret: b'"' + secret + b'"'),
    ("secret-with-quotes", lambda secret: b"'" + secret + b"'"),
    ("secret-hex-decoded", binascii.unhexlify),
    ("secret-base64-decoded", lambda secret: base64.b64decode(secret, validate=True)),
    ("secret-base64-decoded", lambda secret: base64.urlsafe_b64decode(_padded(secret))),
    ("secret-base64-encoded", base64.b64encode),
    ("secret-in-other-case", bytes.upper),
    ("secret-in-other-case", bytes.lower),
    ("secret-empty", lambda secret: b""),  # noqa: ARG005  one shape for the whole table
)

SECRET_MISTAKES = frozenset(name for name, _ in _SPOILED)
HASH_MISTAKES = frozenset(
    ("hmac-sha512", "hmac-sha384", "hmac-sha1", "hmac-md5", "plain-sha256", "arguments-swapped")
)


def _padded(text: bytes) -> bytes:
    return text + b"=" * (-len(text) % 4)


DUMMY = HmacVerifier(secrets.token_bytes(32))
"""Accepts nothing anyone can make; checked for unknown keys, so that they cost what others do."""


class RsaVerifier:
    """RSA PKCS#1 v1.5 over SHA-256 with a key pair of the user's own.

    On the wire: standard base64 with padding, in the one spelling that an encoder produces.

    Raises:
        ValueError: the PEM text is no public key that we accept; see `parse_public_key`.
    """

    __slots__ = ("_hash", "_invalid", "_key", "_padding", "size")

    def __init__(self, public_key_pem: str) -> None:
        # cryptography takes 50 ms to import: only a venue with RSA keys pays for it.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        self._key = parse_public_key(public_key_pem)
        self._padding, self._hash, self._invalid = PKCS1v15(), SHA256(), InvalidSignature
        self.size = self._key.key_size // 8
        """Length of a signature in bytes, before base64."""

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether `signature` signs `text`. Never raises."""
        try:
            raw = base64.b64decode(signature, validate=True)
            # A decoder forgives stray trailing bits, an encoder never makes them.
            if base64.b64encode(raw) != signature:
                return False
            self._key.verify(raw, text, self._padding, self._hash)
        except (ValueError, self._invalid):
            return False
        return True

    def signed_digest(self, raw: bytes) -> tuple[str, bytes] | None:
        """The hash that a PKCS#1 v1.5 signature holds, and its algorithm's name.

        Returns:
            None when this key pair did not make the signature, or with another padding.
        """
        try:
            info = self._key.recover_data_from_signature(raw, self._padding, None)
        except (ValueError, self._invalid):
            return None
        for name, prefix in _DIGEST_INFO.items():
            if info.startswith(prefix):
                return name, info[len(prefix) :]
        return "none", info

    def verify_pss(self, text: bytes, raw: bytes) -> bool:
        """Whether `raw` signs `text` with PSS padding, which the exchange does not take."""
        from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS

        try:
            self._key.verify(raw, text, PSS(MGF1(self._hash), PSS.AUTO), self._hash)
        except (ValueError, self._invalid):
            return False
        return True


# What stands before the hash in a signature. Source: RFC 8017, section 9.2, note 1.
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha384": bytes.fromhex("3041300d060960864801650304020205000430"),
    "sha512": bytes.fromhex("3051300d060960864801650304020305000440"),
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "md5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
}


def parse_public_key(pem: str) -> RSAPublicKey:
    """The RSA public key in `pem`.

    Raises:
        ValueError: a sentence for the user: no PEM, a private key, a certificate, not RSA,
            too short or too long, or an exponent of unusual size.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if "PRIVATE KEY" in pem:
        raise ValueError("this is a private key: keep it to yourself and give the public key")
    if "BEGIN CERTIFICATE" in pem:
        raise ValueError(
            "this is a certificate: give its key, as `openssl x509 -pubkey -noout` prints it"
        )
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError(
            "not a public key in PEM form: it starts with `-----BEGIN PUBLIC KEY-----`"
        ) from None
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key: the exchange takes RSA only")
    if key.key_size < RSA_BITS_MIN:
        raise ValueError(f"the key has {key.key_size} bits; at least {RSA_BITS_MIN} are needed")
    if key.key_size > RSA_BITS_MAX:
        raise ValueError(f"the key has {key.key_size} bits; at most {RSA_BITS_MAX} are taken")
    if key.public_numbers().e.bit_length() > RSA_EXPONENT_BITS_MAX:
        raise ValueError("the key's public exponent is too large; 65537 is usual")
    return key


def sign_hmac(secret: bytes, text: bytes) -> str:
    """The signature of `text` as a client sends it: 64 lower-case hex digits."""
    return hmac.digest(secret, text, "sha256").hex()


def sign_rsa(private_pem: str, text: bytes) -> str:
    """The signature of `text` as a client sends it: standard base64 with padding.

    Raises:
        ValueError: the PEM text holds no unencrypted RSA private key.
    """
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private_pem.encode(), password=None)
    except TypeError:
        raise ValueError("the private key is encrypted; give it without a passphrase") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key: the exchange takes RSA only")
    return base64.b64encode(key.sign(text, PKCS1v15(), SHA256())).decode()
