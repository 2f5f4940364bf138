"""How a signature's bytes are written as characters, rightly or not."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from utabox.server.mistakes import Mistake


def readings(signature: bytes) -> Iterator[tuple[str, bytes]]:
    """Every way to read a signature's characters as bytes: name of the spelling, bytes."""
    bare = unwrapped(signature)
    wrapped = _wrapping(signature) if bare != signature else ""
    if re.fullmatch(rb"(?:[0-9a-fA-F]{2})+", bare):
        spelling = "hex" if bare == bare.lower() else "hex-upper"
        yield wrapped or spelling, bytes.fromhex(bare.decode())
    for alphabet in (None, b"-_"):
        try:
            raw = base64.b64decode(bare + b"=" * (-len(bare) % 4), alphabet, validate=True)
        except ValueError:
            continue
        exact = alphabet is None and len(bare) % 4 == 0
        yield wrapped or ("base64" if exact else "base64-variant"), raw
        if re.fullmatch(rb"(?:[0-9a-fA-F]{2})+", raw):
            yield "base64-of-hex", bytes.fromhex(raw.decode())
        return


def unwrapped(signature: bytes) -> bytes:
    """Without percent-encoding, quotes, Python's b'', 0x and spaces."""
    bare = unquote_to_bytes(signature).strip()
    quoted = re.fullmatch(rb"b?(['\"])(.*)\1", bare, re.DOTALL)
    bare = quoted[2] if quoted else bare
    return bare[2:] if bare.startswith(b"0x") else bare


def _wrapping(signature: bytes) -> str:
    bare = signature.strip()
    if unquote_to_bytes(bare) != bare:
        return "percent-encoded"
    if bare.startswith((b"b'", b'b"')):
        return "python-bytes"
    if bare.startswith((b"'", b'"')):
        return "quoted"
    return "0x" if bare.startswith(b"0x") else "spaced"


def _wrapped(how: str, hint: str) -> Mistake:
    return Mistake("signature-wrapped", f"The right signature, but {how}.", hint)


_WRAPPED: dict[str, Mistake | None] = {
    "percent-encoded": _wrapped("percent-encoded", "Headers are not encoded: send it bare."),
    "python-bytes": _wrapped("in b'', as Python prints bytes", "Send signature.decode()."),
    "quoted": _wrapped("in quotes", "Send it without them."),
    "0x": _wrapped("with 0x before it", "Send the digits alone."),
    "spaced": _wrapped("with spaces around it", "Send it without them."),
}
# Name of the spelling -> what is wrong with it, for a key with a secret and for an RSA key.
HMAC_FORMS: dict[str, Mistake | None] = {
    "hex": None,
    "hex-upper": Mistake(
        "hex-upper", "The signature is in upper-case hex.", "Send it in lower-case hex."
    ),
    "base64": Mistake(
        "hmac-base64",
        "The HMAC is sent in base64.",
        "Send it in hex: hexdigest() rather than b64encode(digest()).",
    ),
    "base64-variant": Mistake(
        "hmac-base64", "The HMAC is sent in a variant of base64.", "Send it in lower-case hex."
    ),
    "base64-of-hex": Mistake(
        "hmac-base64-of-hex", "The hex digits are encoded in base64 again.", "Send the hex digits."
    ),
    **_WRAPPED,
}
_RSA_HEX = Mistake(
    "rsa-hex", "The RSA signature is sent in hex.", "Send it in standard base64 with padding."
)
RSA_FORMS: dict[str, Mistake | None] = {
    "hex": _RSA_HEX,
    "hex-upper": _RSA_HEX,
    "base64": None,
    "base64-variant": Mistake(
        "rsa-base64-variant",
        "The RSA signature is in URL-safe or unpadded base64.",
        "Send it in standard base64, with + and / and with = at the end.",
    ),
    "base64-of-hex": Mistake(
        "rsa-base64-of-hex",
        "The RSA signature was written in hex first, and the hex in base64.",
        "Encode the signature's bytes in base64, not their hex digits.",
    ),
    **_WRAPPED,
}
