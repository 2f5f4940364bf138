"""What clients do wrong with key and hash.

What they do wrong with the text stands in `mistaken_payloads` and `mistaken_frames`, what they do
wrong with the characters of the signature in `spellings`.
"""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """Something that clients do wrong."""

    name: str  # for machines; stable
    seen: str  # what the client did, a sentence
    hint: str  # how to mend it, a sentence


_COPY_SECRET = "Use the secret's characters exactly as `utabox key create` printed them."
KEY_MISTAKES = {
    mistake.name: mistake
    for mistake in (
        Mistake("key-id-as-secret", "The key id was used as the secret.", _COPY_SECRET),
        Mistake("secret-with-newline", "The secret ends with a line end.", _COPY_SECRET),
        Mistake("secret-with-spaces", "The secret has a space around it.", _COPY_SECRET),
        Mistake("secret-with-quotes", "The secret has quotes around it.", _COPY_SECRET),
        Mistake("secret-hex-decoded", "The secret was decoded from hex.", _COPY_SECRET),
        Mistake("secret-base64-decoded", "The secret was decoded from base64.", _COPY_SECRET),
        Mistake("secret-base64-encoded", "The secret was encoded in base64.", _COPY_SECRET),
        Mistake("secret-in-other-case", "The secret's case was changed.", _COPY_SECRET),
        Mistake(
            "secret-empty",
            "The text was signed with an empty secret.",
            "See why your client's setting or environment variable is empty.",
        ),
        Mistake("hmac-sha512", "Signed with HMAC-SHA512.", "Use SHA-256."),
        Mistake("hmac-sha384", "Signed with HMAC-SHA384.", "Use SHA-256."),
        Mistake("hmac-sha1", "Signed with HMAC-SHA1.", "Use SHA-256."),
        Mistake("hmac-md5", "Signed with HMAC-MD5.", "Use SHA-256."),
        Mistake(
            "plain-sha256",
            "The text was hashed, not signed: SHA-256 without HMAC.",
            "Use HMAC-SHA256 with the secret as its key.",
        ),
        Mistake(
            "arguments-swapped",
            "Secret and text changed places in the call of HMAC.",
            "Give the secret as the key and the text as the message.",
        ),
    )
}
SECRET_SENT = Mistake(
    "secret-sent",
    "The secret itself was sent as the signature.",
    "Never send the secret: sign with it, HMAC-SHA256, and send the hex digits.",
)
HMAC_FOR_RSA = Mistake(
    "hmac-for-rsa",
    "An HMAC signature, but this key is an RSA key.",
    "Sign with the private key of the pair, PKCS#1 v1.5 over SHA-256, in base64; or create a key "
    "with a secret: `utabox key create --uid UID`.",
)
RSA_FOR_HMAC = Mistake(
    "rsa-for-hmac",
    "An RSA signature, but this key has a secret and signs with HMAC.",
    "Sign with HMAC-SHA256 and the key's secret, in hex; or create an RSA key with your public "
    "key; `utabox key list` shows which is which.",
)
RSA_PSS = Mistake(
    "rsa-pss", "Signed with RSA-PSS padding.", "Use PKCS#1 v1.5 padding (RSASSA-PKCS1-v1_5)."
)
RSA_OTHER_TEXT = Mistake(
    "rsa-other-text",
    "The private key is the right one, but it signed another text.",
    "Compare the text that is expected with the one that your client signs, character by "
    "character.",
)
RSA_OTHER_KEY = Mistake(
    "rsa-other-key",
    "The private key that signed does not belong to the public key of this API key.",
    "Sign with the private key of the registered pair; `openssl rsa -in private.pem -pubout` "
    "prints the public key that belongs to a private one.",
)
HASHED_TWICE = Mistake(
    "hashed-twice",
    "The text was hashed before it was signed, and signing hashed it again.",
    "Give the text itself to the function that signs.",
)


def _wrong_hash(name: str, title: str) -> Mistake:
    return Mistake(f"rsa-{name}", f"The RSA signature is over {title}.", "Use SHA-256.")


# Hash found in an RSA signature -> how to compute it, what is wrong with it.
RSA_HASHES: dict[str, tuple[str, Mistake | None]] = {
    "sha256": ("sha256", None),
    "sha384": ("sha384", _wrong_hash("sha384", "SHA-384")),
    "sha512": ("sha512", _wrong_hash("sha512", "SHA-512")),
    "sha1": ("sha1", _wrong_hash("sha1", "SHA-1")),
    "md5": ("md5", _wrong_hash("md5", "MD5")),
    "none": ("sha256", _wrong_hash("bare", "a bare hash, without the name of the algorithm")),
}
