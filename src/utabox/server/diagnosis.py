"""Why a request was turned away at the door, in words that name the client's mistake.

Nothing here runs until somebody reads the explanation. The long part is the signature: the text
that the client signed is unknown, so the usual mistakes are made one by one until the signature
fits. A row of a table is one mistake: its name, what it is, how to mend it, the texts it leads to.

No secret is ever shown, and of a signature its first six characters at most.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec

from utabox.permissions import PERMISSIONS
from utabox.server.messages import Request
from utabox.server.signature import HmacVerifier, RsaVerifier, Verifier, signed_text
from utabox.why import Why

TEXT_SHOWN_MAX = 2_000  # characters of a signed text in an explanation
VALUE_SHOWN_MAX = 100  # characters of any other value that a client sent
PAYLOAD_TRIED_MAX = 65_536  # bytes; above, only the shortest list of mistakes is tried
PAYLOAD_PAIRED_MAX = 4_096  # bytes; above, no two mistakes are tried together
BYTES_TRIED_MAX = 2 * 2**20  # of all texts tried together: keeps the event loop responsive
PARAMETERS_TRIED_MAX = 200
SIBLINGS_TRIED_MAX = 20
FUTURE_MS = 1_000  # docs/v5/guide: this side of the window is fixed


class Mistake(NamedTuple):
    """Something that clients do wrong."""

    name: str  # for machines; stable
    seen: str  # what the client did, a sentence
    hint: str  # how to mend it, a sentence


class Evidence(msgspec.Struct, frozen=True):
    """What a failed signature check had before it. Nothing in it changes later."""

    request: Request
    timestamp: bytes
    api_key: bytes
    recv_window: bytes  # as sent, empty when it was not
    signature: bytes
    verifier: Verifier
    siblings: Callable[[], Iterable[tuple[str, Verifier]]]
    """The other keys of the account, by key id; asked for only when nothing else fits."""

    @property
    def payload(self) -> bytes:
        return self.request.query if self.request.method == "GET" else self.request.body

    @property
    def text(self) -> bytes:
        """What the server signed."""
        return self.standard(self.payload)

    def standard(self, payload: bytes) -> bytes:
        return signed_text(self.timestamp, self.api_key, self.recv_window, payload)


class Finding(NamedTuple):
    """The mistakes that together explain a signature."""

    mistakes: tuple[Mistake, ...]
    text: bytes | None = None  # what the client signed, where that is the mistake

    def after(self, form: Mistake | None) -> Finding:
        return Finding((form, *self.mistakes), self.text) if form else self


# --- 10004: the answer -------------------------------------------------------------------------

_SIGN_RULE = (
    "The signature covers timestamp + api key + recv_window + payload, each exactly as sent; the "
    "payload is the raw query string of a GET or the raw body of a POST."
)
_UNKNOWN = Mistake(
    "unknown",
    "A signature of some other text, or one made with another secret.",
    "Nothing we tried explains it: most likely the secret is wrong. Compare details.signed_text "
    "with the text that your client signs, character by character; if they are equal, it is the "
    "secret, and a new key comes from `utabox key create --uid UID`.",
)


def bad_signature(evidence: Evidence) -> Why:
    """10004: the mistake, if it is a usual one, and the two texts compared."""
    found = find(evidence) or Finding((_UNKNOWN,))
    details = {
        "signed_text": shown(evidence.text),
        "signature": abbreviated(evidence.signature),
        "mistake": "+".join(mistake.name for mistake in found.mistakes),
    }
    if found.text is not None:
        details["client_text"] = shown(found.text)
        details["first_difference"] = first_difference(evidence.text, found.text)
    if isinstance(evidence.verifier, RsaVerifier):
        form = "RSA PKCS#1 v1.5 over SHA-256, in standard base64 with padding"
    else:
        form = "HMAC-SHA256 with the key's secret, as 64 lower-case hex digits"
    return Why(
        rule=_SIGN_RULE,
        expected=f"{form}, of the text in details.signed_text.",
        seen=" ".join(mistake.seen for mistake in found.mistakes),
        hint=" ".join(mistake.hint for mistake in found.mistakes),
        details=details,
    )


def shown(text: bytes, limit: int = TEXT_SHOWN_MAX) -> str:
    """`text` for people: bytes that are no UTF-8 replaced, cut to `limit` characters."""
    characters = text[: limit * 4 + 4].decode("utf-8", "replace")
    if len(characters) <= limit:
        return characters
    return f"{characters[:limit]}... ({len(text)} bytes in all)"


def abbreviated(signature: bytes) -> str:
    """Enough of a signature to recognise it, too little to use it."""
    if len(signature) <= 12:
        return f"({len(signature)} characters)"
    return f"{signature[:6].decode('ascii', 'replace')}... ({len(signature)} characters)"


def first_difference(ours: bytes, theirs: bytes) -> str:
    """Where two texts part, with 20 bytes before and after."""
    pairs = enumerate(zip(ours, theirs, strict=False))
    shorter = min(len(ours), len(theirs))
    at = next((index for index, (our, their) in pairs if our != their), shorter)
    return f"at byte {at}: the server signed {_around(ours, at)}, you signed {_around(theirs, at)}"


def _around(text: bytes, at: int) -> str:
    start = max(at - 20, 0)
    before = "..." if start else ""
    if at >= len(text):
        return f"'{before}{shown(text[start:at])}' and nothing more"
    after = "..." if at + 20 < len(text) else ""
    return f"'{before}{shown(text[start : at + 20])}{after}'"


# --- 10004: the search -------------------------------------------------------------------------

Fits = Callable[[bytes], bool]
"""Whether the client's signature signs this text."""


def find(evidence: Evidence) -> Finding | None:
    """The first mistake, or pair of mistakes, that makes the signature fit."""
    found = None
    if isinstance(evidence.verifier, HmacVerifier):
        found = _find_hmac(evidence, evidence.verifier)
    elif isinstance(evidence.verifier, RsaVerifier):
        found = _find_rsa(evidence, evidence.verifier)
    return found or _find_sibling(evidence) or _find_form(evidence)


def _find_hmac(evidence: Evidence, verifier: HmacVerifier) -> Finding | None:
    for spelling, raw in readings(evidence.signature):
        form = _HMAC_FORMS[spelling]

        def fits(text: bytes, raw: bytes = raw) -> bool:
            return compare_digest(verifier.digest(text), raw)

        if form and fits(evidence.text):
            return Finding((form,))
        found = _find_text(evidence, fits) if len(raw) == 32 else None
        found = found or _find_secret(evidence, verifier, raw)
        if found:
            return found.after(form)
    return None


def _find_secret(evidence: Evidence, verifier: HmacVerifier, raw: bytes) -> Finding | None:
    """A spoilt secret or another hash; of the right text only."""
    text = evidence.text
    if len(text) > PAYLOAD_TRIED_MAX:
        return None
    mistaken = [("key-id-as-secret", HmacVerifier(evidence.api_key)), *verifier.mistaken_secrets()]
    named = [(name, other.digest(text)) for name, other in mistaken]
    for name, digest in (*named, *verifier.mistaken_hashes(text)):
        if compare_digest(digest, raw):
            return Finding((_KEY_MISTAKES[name],))
    return None


def _find_rsa(evidence: Evidence, verifier: RsaVerifier) -> Finding | None:
    for spelling, raw in readings(evidence.signature):
        form = _RSA_FORMS[spelling]
        if len(raw) != verifier.size:
            continue
        if verifier.verify_pss(evidence.text, raw):
            return Finding((_RSA_PSS,)).after(form)
        signed = verifier.signed_digest(raw)
        if signed:
            return _find_digest(evidence, form, *signed)
    return None


def _find_digest(evidence: Evidence, form: Mistake | None, name: str, digest: bytes) -> Finding:
    """The signature is of this key and gives its digest away: only the text is in doubt."""

    def fits(text: bytes) -> bool:
        hashed = hashlib.new(_RSA_HASHES[name][0], text, usedforsecurity=False)
        return compare_digest(hashed.digest(), digest)

    other_hash = _RSA_HASHES[name][1]
    if other_hash:
        form = other_hash
    if form and fits(evidence.text):
        return Finding((form,))
    found = _find_text(evidence, fits)
    if found:
        return found.after(form)
    once = hashlib.sha256(evidence.text)
    if fits(once.digest()) or fits(once.hexdigest().encode()):
        return Finding((_HASHED_TWICE,)).after(form)
    return Finding((_RSA_OTHER_TEXT,)).after(form)


def _find_text(evidence: Evidence, fits: Fits) -> Finding | None:
    """A text other than the server's that the client may have signed."""
    ours, work = evidence.text, 0
    for mistakes, text in _candidates(evidence):
        if text != ours and fits(text):
            return Finding(mistakes, text)
        work += len(text)
        if work > BYTES_TRIED_MAX:
            return None
    return None


def _find_sibling(evidence: Evidence) -> Finding | None:
    """The secret of another key of the same account."""
    text = evidence.text
    for api_key, verifier in itertools.islice(evidence.siblings(), SIBLINGS_TRIED_MAX):
        if verifier.verify(text, evidence.signature):
            return Finding((_other_key(evidence.api_key, api_key),))
    return None


def _other_key(sent: bytes, used: str) -> Mistake:
    return Mistake(
        "other-key",
        f"The signature is right for another key of this account, {used}.",
        f"Send {used} as X-BAPI-API-KEY, or sign with the secret of {shown(sent)}.",
    )


def _find_form(evidence: Evidence) -> Finding | None:
    """What the mere form of the signature tells when nothing fits."""
    sizes = {len(raw) for _, raw in readings(evidence.signature)}
    hex_digits = re.fullmatch(rb"[0-9a-fA-F]{64}", evidence.signature)
    if isinstance(evidence.verifier, RsaVerifier):
        if hex_digits or 32 in sizes:
            return Finding((_HMAC_FOR_RSA,))
        known = evidence.verifier.size in sizes
        return Finding((_RSA_OTHER_KEY if known else _malformed(evidence),))
    if max(sizes, default=0) >= 128:
        return Finding((_RSA_FOR_HMAC,))
    return None if hex_digits else Finding((_malformed(evidence),))


def _malformed(evidence: Evidence) -> Mistake:
    return Mistake(
        "malformed",
        f"{abbreviated(evidence.signature)} cannot be a signature of this key: "
        "its length or its characters are wrong.",
        "Send the whole signature and nothing else in X-BAPI-SIGN: 64 lower-case hex digits for a "
        "key with a secret, base64 as long as the modulus for an RSA key.",
    )


# --- how a signature is spelled ----------------------------------------------------------------


def readings(signature: bytes) -> Iterator[tuple[str, bytes]]:
    """Every way to read a signature's characters as bytes: name of the spelling, bytes."""
    bare = _unwrapped(signature)
    wrapped = bare != signature
    if re.fullmatch(rb"(?:[0-9a-fA-F]{2})+", bare):
        spelling = "hex" if bare == bare.lower() else "hex-upper"
        yield "wrapped" if wrapped else spelling, bytes.fromhex(bare.decode())
    for alphabet in (None, b"-_"):
        try:
            raw = base64.b64decode(bare + b"=" * (-len(bare) % 4), alphabet, validate=True)
        except ValueError:
            continue
        exact = alphabet is None and len(bare) % 4 == 0
        yield "wrapped" if wrapped else "base64" if exact else "base64-variant", raw
        if re.fullmatch(rb"(?:[0-9a-fA-F]{2})+", raw):
            yield "base64-of-hex", bytes.fromhex(raw.decode())
        return


def _unwrapped(signature: bytes) -> bytes:
    """Without percent-encoding, quotes, Python's b'', 0x and spaces."""
    bare = unquote_to_bytes(signature).strip()
    quoted = re.fullmatch(rb"b?(['\"])(.*)\1", bare, re.DOTALL)
    bare = quoted[2] if quoted else bare
    return bare[2:] if bare.startswith(b"0x") else bare


_WRAPPED = Mistake(
    "signature-wrapped",
    "The right signature, wrapped in quotes, b'', 0x, spaces or percent-encoding.",
    "Send the bare signature; in Python, .decode() bytes instead of formatting them.",
)
_HMAC_FORMS: dict[str, Mistake | None] = {
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
    "wrapped": _WRAPPED,
}
_RSA_HEX = Mistake(
    "rsa-hex", "The RSA signature is sent in hex.", "Send it in standard base64 with padding."
)
_RSA_FORMS: dict[str, Mistake | None] = {
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
    "wrapped": _WRAPPED,
}

# --- another secret, another algorithm ---------------------------------------------------------

_COPY_SECRET = "Use the secret's characters exactly as `utabox key create` printed them."
_KEY_MISTAKES = {
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
_HMAC_FOR_RSA = Mistake(
    "hmac-for-rsa",
    "An HMAC signature, but this key is an RSA key.",
    "Sign with the private key of the pair, PKCS#1 v1.5 over SHA-256, in base64; or create a key "
    "with a secret: `utabox key create --uid UID`.",
)
_RSA_FOR_HMAC = Mistake(
    "rsa-for-hmac",
    "An RSA signature, but this key has a secret and signs with HMAC.",
    "Sign with HMAC-SHA256 and the key's secret, in hex; or create an RSA key with your public "
    "key; `utabox key list` shows which is which.",
)
_RSA_PSS = Mistake(
    "rsa-pss", "Signed with RSA-PSS padding.", "Use PKCS#1 v1.5 padding (RSASSA-PKCS1-v1_5)."
)
_RSA_OTHER_TEXT = Mistake(
    "rsa-other-text",
    "The private key is the right one, but it signed another text.",
    "Compare details.signed_text with the text that your client signs, character by character.",
)
_RSA_OTHER_KEY = Mistake(
    "rsa-other-key",
    "The private key that signed does not belong to the public key of this API key.",
    "Sign with the private key of the registered pair; `openssl rsa -in private.pem -pubout` "
    "prints the public key that belongs to a private one.",
)
_HASHED_TWICE = Mistake(
    "hashed-twice",
    "The text was hashed before it was signed, and signing hashed it again.",
    "Give the text itself to the function that signs.",
)


def _wrong_hash(name: str, title: str) -> Mistake:
    return Mistake(f"rsa-{name}", f"The RSA signature is over {title}.", "Use SHA-256.")


# Hash found in an RSA signature -> how to compute it, what is wrong with it.
_RSA_HASHES: dict[str, tuple[str, Mistake | None]] = {
    "sha256": ("sha256", None),
    "sha384": ("sha384", _wrong_hash("sha384", "SHA-384")),
    "sha512": ("sha512", _wrong_hash("sha512", "SHA-512")),
    "sha1": ("sha1", _wrong_hash("sha1", "SHA-1")),
    "md5": ("md5", _wrong_hash("md5", "MD5")),
    "none": ("sha256", _wrong_hash("bare", "a bare hash, without the name of the algorithm")),
}

# --- another text ------------------------------------------------------------------------------

Candidate = tuple[tuple[Mistake, ...], bytes]


def _candidates(evidence: Evidence) -> Iterator[Candidate]:
    """Texts that a client may have signed: single mistakes first, then pairs."""
    size = len(evidence.payload)
    yield from _framed(evidence, (), evidence.payload, _WINDOW_FRAMES)
    payloads = []
    for mistake, payload in _rewritten(evidence):
        payloads.append((mistake, payload))
        yield (mistake,), evidence.standard(payload)
    if size <= PAYLOAD_TRIED_MAX:
        yield from _framed(evidence, (), evidence.payload, _FRAMES)
    if size <= PAYLOAD_PAIRED_MAX:
        for mistake, payload in payloads:
            yield from _framed(evidence, (mistake,), payload, _WINDOW_FRAMES)


def _rewritten(evidence: Evidence) -> Iterator[tuple[Mistake, bytes]]:
    """Every other payload that a mistake leads to, once."""
    short = len(evidence.payload) > PAYLOAD_TRIED_MAX
    known = {evidence.payload}
    for mistake, make in _PAYLOADS_SHORT if short else _PAYLOADS:
        for payload in _made(make, evidence.request):
            if payload not in known:
                known.add(payload)
                yield mistake, payload


def _framed(
    evidence: Evidence, mistakes: tuple[Mistake, ...], payload: bytes, frames: Frames
) -> Iterator[Candidate]:
    for mistake, make in frames:
        for text in make(evidence, payload):
            yield (*mistakes, mistake), text


MakePayload = Callable[[Request], Iterable[bytes]]
MakeText = Callable[[Evidence, bytes], Iterable[bytes]]
Payloads = tuple[tuple[Mistake, MakePayload], ...]
Frames = tuple[tuple[Mistake, MakeText], ...]


def _made(make: MakePayload, request: Request) -> Iterator[bytes]:
    try:
        yield from make(request)
    except (ValueError, RecursionError):  # not JSON, or not the JSON that anyone re-serialises
        return


# A query string, as clients rewrite it.

Pairs = list[tuple[bytes, bytes]]


def _pairs(query: bytes) -> Pairs:
    items = (item.partition(b"=") for item in query.split(b"&") if item)
    return [(name, value) for name, _, value in items]


def _joined(pairs: Pairs) -> bytes:
    return b"&".join(name + b"=" + value for name, value in pairs)


def _decodings(text: bytes) -> tuple[bytes, bytes]:
    return unquote_to_bytes(text), unquote_to_bytes(text.replace(b"+", b" "))


# Characters that an encoder leaves alone: RFC 3986, Python's quote, encodeURIComponent,
# encodeURI, commas kept, times and commas kept.
_SAFE = ("", "/", "!*'()", ";,/?:@&=+$!*'()#", ",", ":,")


def _encodings(pairs: Pairs) -> Iterator[bytes]:
    """The pairs' values encoded in the styles of the usual libraries.

    Raises:
        ValueError: more parameters than any call has; encoding them would take too long.
    """
    if len(pairs) > PARAMETERS_TRIED_MAX:
        raise ValueError("too many parameters")
    for safe in _SAFE:
        encoded = [(name, quote_from_bytes(value, safe).encode()) for name, value in pairs]
        yield _joined(encoded)
        yield _joined(encoded).replace(b"%20", b"+")
        yield re.sub(rb"%[0-9A-F]{2}", lambda match: match[0].lower(), _joined(encoded))


def _query_decoded(request: Request) -> Iterable[bytes]:
    return _decodings(request.query)


def _query_encoded(request: Request) -> Iterator[bytes]:
    pairs = _pairs(request.query)
    yield from _encodings([(name, unquote_to_bytes(value)) for name, value in pairs])
    yield from _encodings(pairs)
    yield from (quote_from_bytes(request.query, safe).encode() for safe in ("", "=", "&="))


def _query_sorted(request: Request) -> Iterator[bytes]:
    yield _joined(sorted(_pairs(request.query)))


def _query_sorted_decoded(request: Request) -> Iterator[bytes]:
    pairs = sorted(_pairs(request.query))
    yield from _decodings(_joined(pairs))


def _query_sorted_encoded(request: Request) -> Iterator[bytes]:
    pairs = sorted(_pairs(request.query))
    yield from _encodings([(name, unquote_to_bytes(value)) for name, value in pairs])


def _question_mark(request: Request) -> Iterator[bytes]:
    yield b"?" + request.query
    yield request.query + b"&"
    yield b"&" + request.query


def _path_included(request: Request) -> Iterator[bytes]:
    path, method = _route(request)
    host = request.headers.get(b"host", b"")
    queries = (b"?" + request.query, request.query, b"") if request.query else (b"",)
    bases = (path, method + path, method + b" " + path)
    for base in (*bases, b"http://" + host + path, b"https://" + host + path):
        yield from (base + query + request.body for query in queries)


def _route(request: Request) -> tuple[bytes, bytes]:
    return request.path.encode("utf-8", "replace"), request.method.encode("utf-8", "replace")


def _query_as_json(request: Request) -> Iterator[bytes]:
    values = {
        unquote_to_bytes(name).decode(): unquote_to_bytes(value).decode()
        for name, value in _pairs(request.query)
    }
    numbers = {name: int(value) if value.isdecimal() else value for name, value in values.items()}
    for value in (values, numbers):
        yield from _dumped(value)
        yield from _dumped(value, sort_keys=True)


# A JSON body, as clients write it a second time.


def _loaded(request: Request) -> Any:
    return json.loads(request.body)


def _dumped(value: Any, **options: Any) -> Iterator[bytes]:
    """Compact and spaced, ASCII and UTF-8, numbers as in Python and in JavaScript."""
    for number in (value, _as_javascript(value)):
        for separators in ((",", ":"), (", ", ": ")):
            for ascii_only in (True, False):
                yield json.dumps(
                    number, separators=separators, ensure_ascii=ascii_only, **options
                ).encode()


def _as_javascript(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_javascript(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_as_javascript(member) for member in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e21
    return int(value) if whole else value


def _json_compact(request: Request) -> Iterator[bytes]:
    yield from (text for text in _dumped(_loaded(request)) if b'": ' not in text)


def _json_spaced(request: Request) -> Iterator[bytes]:
    yield from _dumped(_loaded(request))


def _json_sorted(request: Request) -> Iterator[bytes]:
    yield from _dumped(_loaded(request), sort_keys=True)


def _json_indented(request: Request) -> Iterator[bytes]:
    value = _loaded(request)
    indents: tuple[int | str, ...] = (2, 4, "\t")
    for indent in indents:
        for sort_keys in (False, True):
            text = json.dumps(value, indent=indent, sort_keys=sort_keys, ensure_ascii=False)
            yield from (text.encode(), text.encode() + b"\n")


def _json_escaped(request: Request) -> Iterator[bytes]:
    """PHP escapes slashes; Go escapes &, < and > and sorts the members of maps."""
    value = _loaded(request)
    for text in (*_dumped(value), *_dumped(value, sort_keys=True)):
        yield text.replace(b"/", b"\\/")
        for character in b"&<>":
            text = text.replace(bytes((character,)), b"\\u%04x" % character)
        yield text


def _python_repr(request: Request) -> Iterator[bytes]:
    yield str(_loaded(request)).encode()


def _body_as_query(request: Request) -> Iterator[bytes]:
    body = _loaded(request)
    if not isinstance(body, dict):
        return
    for write in (_as_json_text, str):
        pairs = [(name.encode(), write(value).encode()) for name, value in body.items()]
        for order in (pairs, sorted(pairs)):
            yield _joined(order)
            yield from _encodings(order)


def _as_json_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _line_end(request: Request) -> Iterator[bytes]:
    payload = request.query if request.method == "GET" else request.body
    yield from (payload + b"\n", payload + b"\r\n", payload.strip())


def _empty(request: Request) -> Iterator[bytes]:  # noqa: ARG001  one shape for the whole table
    yield b""


def _braces(request: Request) -> Iterator[bytes]:  # noqa: ARG001
    yield from (b"{}", b"[]", b"null", b'""', b"undefined", b"None")


def _other_part(request: Request) -> Iterator[bytes]:
    yield request.body if request.method == "GET" else request.query
    yield request.query + request.body
    yield request.body + request.query


_SEND_SIGNED = "Build the query string once, sign it, and send that very string."
_SEND_BODY = "Serialise the body once, sign those bytes, and send those very bytes."

_PAYLOADS_SHORT: Payloads = (
    (
        Mistake(
            "payload-empty",
            "An empty payload was signed, although the request has one.",
            "Append the raw query string of a GET, or the raw body of a POST, to the text.",
        ),
        _empty,
    ),
    (
        Mistake(
            "line-end",
            "The payload that was signed has a line end or a space more or less than the one sent.",
            "Sign exactly what is sent: `echo` adds a line end and `echo -n` none; curl's `--data` "
            "drops line ends and `--data-binary` none.",
        ),
        _line_end,
    ),
)
_PAYLOADS: Payloads = (
    *_PAYLOADS_SHORT,
    (
        Mistake(
            "braces-for-empty",
            "`{}` or another word for nothing was signed instead of the payload sent.",
            "Sign the body that is sent: `{}` and an empty body differ.",
        ),
        _braces,
    ),
    (
        Mistake(
            "other-part",
            "The query was signed for a POST, or the body for a GET, or both together.",
            "A GET signs its query string and sends no body; a POST signs its body only.",
        ),
        _other_part,
    ),
    (
        Mistake(
            "query-decoded",
            "The query was signed percent-decoded, but sent encoded.",
            "Sign the query as it stands on the request line; an HTTP library (as in pybit) "
            "encodes spaces, commas and other characters after you have signed. " + _SEND_SIGNED,
        ),
        _query_decoded,
    ),
    (
        Mistake("query-sorted", "The parameters were sorted before signing.", _SEND_SIGNED),
        _query_sorted,
    ),
    (
        Mistake(
            "query-encoded",
            "The query was signed percent-encoded in another way than it was sent.",
            "Some libraries decode or encode again when they build the URL. " + _SEND_SIGNED,
        ),
        _query_encoded,
    ),
    (
        Mistake(
            "query-sorted-decoded",
            "The parameters were sorted and joined unencoded before signing, but sent otherwise.",
            "pybit signs like this and sends the same order; yours was changed. " + _SEND_SIGNED,
        ),
        _query_sorted_decoded,
    ),
    (
        Mistake(
            "query-sorted-encoded",
            "The parameters were sorted and encoded before signing, but sent otherwise.",
            _SEND_SIGNED,
        ),
        _query_sorted_encoded,
    ),
    (
        Mistake(
            "query-marks",
            "A `?` or a stray `&` was signed with the query.",
            "The payload begins after the `?` and has no `&` at either end.",
        ),
        _question_mark,
    ),
    (
        Mistake(
            "path-included",
            "Method, path or URL were signed with the payload.",
            "Bybit signs neither method nor path: only the query string or the body.",
        ),
        _path_included,
    ),
    (
        Mistake("json-compact", "The body was signed without spaces.", _SEND_BODY),
        _json_compact,
    ),
    (
        Mistake(
            "json-spaced",
            "The body was signed with spaces, as Python's json.dumps writes it.",
            _SEND_BODY,
        ),
        _json_spaced,
    ),
    (
        Mistake("json-sorted", "The body was signed with its members sorted.", _SEND_BODY),
        _json_sorted,
    ),
    (
        Mistake("json-indented", "The body was signed with line breaks and indents.", _SEND_BODY),
        _json_indented,
    ),
    (
        Mistake(
            "json-escaped",
            "The body was signed with other escapes (`\\/` as in PHP, `\\u0026` as in Go).",
            _SEND_BODY,
        ),
        _json_escaped,
    ),
    (
        Mistake(
            "python-repr",
            "Python's str() of the parameters was signed, not their JSON.",
            "Use json.dumps. " + _SEND_BODY,
        ),
        _python_repr,
    ),
    (
        Mistake(
            "body-as-query",
            "The body was signed in the form of a query string.",
            "A POST signs its raw JSON body. " + _SEND_BODY,
        ),
        _body_as_query,
    ),
    (
        Mistake(
            "query-as-json",
            "The parameters were signed as JSON, but sent as a query string.",
            "A GET signs its raw query string. " + _SEND_SIGNED,
        ),
        _query_as_json,
    ),
)

# The parts around the payload.

_WINDOWS = tuple(
    str(window).encode()
    for window in (
        5_000, 20_000, 10_000, 60_000, 15_000, 30_000, 50_000, 6_000, 3_000, 2_000, 1_000
    )
)  # fmt: skip


def _window_left_out(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    yield evidence.timestamp + evidence.api_key + payload


def _window_other(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    if evidence.recv_window:
        for window in _WINDOWS:
            yield signed_text(evidence.timestamp, evidence.api_key, window, payload)


def _window_unsent(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    if not evidence.recv_window:
        for window in _WINDOWS:
            yield signed_text(evidence.timestamp, evidence.api_key, window, payload)


def _seconds(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    seconds, millis = evidence.timestamp[:-3], evidence.timestamp[-3:]
    for timestamp in (seconds, seconds + b"." + millis, seconds + b"000"):
        yield signed_text(timestamp, evidence.api_key, evidence.recv_window, payload)


def _clock_read_twice(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    if len(evidence.timestamp) > 19 or len(payload) > PAYLOAD_PAIRED_MAX:
        return
    sent = int(evidence.timestamp)
    for distance in range(1, 51):
        for timestamp in (sent - distance, sent + distance):
            text = str(timestamp).encode()
            yield signed_text(text, evidence.api_key, evidence.recv_window, payload)


def _reordered(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    parts = (evidence.timestamp, evidence.api_key, evidence.recv_window, payload)
    yield from map(b"".join, itertools.permutations(parts))


def _part_missing(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    parts = (evidence.timestamp, evidence.api_key, evidence.recv_window, payload)
    for count in (3, 2, 1):
        yield from map(b"".join, itertools.combinations(parts, count))


def _separated(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    parts = (evidence.timestamp, evidence.api_key, evidence.recv_window, payload)
    for separator in (b"&", b"\n", b"|", b",", b":", b";", b" ", b"+", b"-", b"_"):
        yield separator.join(parts)
        yield separator.join(part for part in parts if part)


def _method_and_path(evidence: Evidence, payload: bytes) -> Iterator[bytes]:
    request = evidence.request
    path, method = _route(request)
    mark = b"?" if request.method == "GET" and payload else b""
    tail = method + path + mark + payload
    yield from (evidence.timestamp + tail, tail, evidence.timestamp + evidence.api_key + tail)


def _websocket(evidence: Evidence, payload: bytes) -> Iterator[bytes]:  # noqa: ARG001
    yield b"GET/realtime" + evidence.timestamp


def _legacy(evidence: Evidence, payload: bytes) -> Iterator[bytes]:  # noqa: ARG001
    """V2: all parameters and api_key and timestamp, sorted by name, joined as a query string."""
    window = evidence.recv_window or b"5000"
    for pairs in _flat(evidence.request):
        for name in (b"recv_window", b"recvWindow", b""):
            ours = [(b"api_key", evidence.api_key), (b"timestamp", evidence.timestamp)]
            windows = [(name, window)] if name else []
            yield _joined(sorted([*pairs, *ours, *windows]))


def _flat(request: Request) -> Iterator[Pairs]:
    yield _pairs(request.query)
    yield [(name, unquote_to_bytes(value)) for name, value in _pairs(request.query)]
    for text in _made(_body_as_query, request):
        yield _pairs(text)


_WINDOW_FRAMES: Frames = (
    (
        Mistake(
            "recv-window-left-out",
            "The recv_window was sent but not signed.",
            "Put the value of X-BAPI-RECV-WINDOW between the api key and the payload.",
        ),
        _window_left_out,
    ),
    (
        Mistake(
            "recv-window-other",
            "The recv_window that was signed is not the one sent.",
            "Sign the same characters that you send as X-BAPI-RECV-WINDOW.",
        ),
        _window_other,
    ),
    (
        Mistake(
            "recv-window-unsent",
            "A recv_window was signed but not sent.",
            "Send it as X-BAPI-RECV-WINDOW: without this header the text holds none.",
        ),
        _window_unsent,
    ),
)
_FRAMES: Frames = (
    (
        Mistake(
            "websocket-text",
            "`GET/realtime` and the time were signed: the text of the WebSocket.",
            "Over HTTP, sign timestamp + api key + recv_window + payload.",
        ),
        _websocket,
    ),
    (
        Mistake(
            "timestamp-other-unit",
            "The timestamp that was signed is in seconds, the one sent in milliseconds.",
            "Take the time once, in milliseconds, and use the same characters in both places.",
        ),
        _seconds,
    ),
    (
        Mistake(
            "part-order",
            "The parts were joined in another order.",
            "The order is timestamp, api key, recv_window, payload.",
        ),
        _reordered,
    ),
    (
        Mistake(
            "part-missing",
            "A part of the text was not signed.",
            "The text has four parts: timestamp, api key, recv_window, payload.",
        ),
        _part_missing,
    ),
    (
        Mistake(
            "parts-separated",
            "The parts were joined with something between them.",
            "Join them with nothing in between.",
        ),
        _separated,
    ),
    (
        Mistake(
            "method-and-path",
            "Method and path were signed in place of api key or recv_window.",
            "That is another exchange's rule: sign timestamp + api key + recv_window + payload.",
        ),
        _method_and_path,
    ),
    (
        Mistake(
            "legacy-parameters",
            "The sorted parameters with api_key and timestamp were signed, as in API V2.",
            "V5 signs timestamp + api key + recv_window + payload, all sent in headers.",
        ),
        _legacy,
    ),
    (
        Mistake(
            "timestamp-taken-twice",
            "The timestamp that was signed is a few milliseconds off the one sent.",
            "Read the clock once and use the same characters in the text and in the header.",
        ),
        _clock_read_twice,
    ),
)

# --- the other refusals at the door ------------------------------------------------------------

_REQUIRED = ("X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-SIGN")
_KNOWN_HEADERS = frozenset(
    name.lower().encode()
    for name in (*_REQUIRED, "X-BAPI-RECV-WINDOW", "X-BAPI-SIGN-TYPE", "X-Referer", "Referer")
)
_IN_BAND = frozenset((b"api_key", b"apikey", b"api-key", b"sign", b"signature", b"timestamp"))


def missing_headers(request: Request) -> Why:
    """10001 with HTTP 401: which headers, and what was sent in their place."""
    missing = [name for name in _REQUIRED if not request.headers.get(name.lower().encode())]
    details = {"missing": ", ".join(missing)}
    seen = f"Missing or empty: {details['missing']}."
    hint = "Send these headers with every private call."
    misnamed = [name for name in request.headers if _resembles(name)]
    if misnamed:
        details["misnamed"] = ", ".join(shown(name, VALUE_SHOWN_MAX) for name in misnamed[:10])
        seen += f" Other headers that look like them: {details['misnamed']}."
        hint = f"Rename the headers to {', '.join(_REQUIRED)}; nothing else is read."
    in_band = sorted(_IN_BAND & _parameter_names(request))
    if in_band:
        details["in_band"] = b", ".join(in_band).decode()
        seen += f" In the query or the body: {details['in_band']}."
        hint = (
            "V5 takes key, timestamp and signature from headers only; parameters of these names "
            "were the way of V2. " + hint
        )
    rule = "A private call carries its key, its time and its signature in headers."
    return Why(rule, f"{', '.join(_REQUIRED)}, none of them empty.", seen, hint, details)


def _resembles(header: bytes) -> bool:
    letters = re.sub(rb"[^a-z]", b"", header.lower())
    parts = (b"apikey", b"timestamp", b"signature", b"bapi", b"accesskey", b"accesssign")
    known = header.lower() in _KNOWN_HEADERS
    return not known and (letters == b"sign" or any(part in letters for part in parts))


def _parameter_names(request: Request) -> set[bytes]:
    names = {name.lower() for name, _ in _pairs(request.query)}
    if len(request.body) > PAYLOAD_TRIED_MAX:
        return names
    try:
        body = _loaded(request)
    except (ValueError, RecursionError):
        return names | {name.lower() for name, _ in _pairs(request.body)}
    members = body if isinstance(body, dict) else ()
    return names | {name.lower().encode("utf-8", "replace") for name in members}


def timestamp_invalid(timestamp: bytes) -> Why:
    """10001: the timestamp is no number."""
    return Why(
        rule="X-BAPI-TIMESTAMP is a whole number of milliseconds since 1970, UTC.",
        expected="ASCII digits only: no sign, point, exponent, space or separator.",
        seen=f"'{shown(timestamp, VALUE_SHOWN_MAX)}'.",
        hint="In Python: str(time.time_ns() // 1_000_000); in JavaScript: String(Date.now()).",
    )


def recv_window_invalid(recv_window: bytes) -> Why:
    """10001: the window is no number, or too large for one."""
    return Why(
        rule="X-BAPI-RECV-WINDOW is a whole number of milliseconds, or absent for 5000.",
        expected="ASCII digits only, at most 2147483647.",
        seen=f"'{shown(recv_window, VALUE_SHOWN_MAX)}'.",
        hint="Send 5000, or leave the header out.",
    )


def timestamp_outside(timestamp: bytes, recv_window_ms: int, now: int) -> Why:
    """10002: how far off, in which direction, and which unit the number seems to have."""
    first, last = now - recv_window_ms, now + FUTURE_MS - 1
    details = {
        "allowed_from": str(first),
        "allowed_to": str(last),
        "server_timestamp": str(now),
        "recv_window": str(recv_window_ms),
    }
    rule = (
        "A request is taken when server time - recv_window <= timestamp < server time + 1000; "
        "the future side is fixed and does not grow with recv_window."
    )
    expected = f"A timestamp from {first} to {last}, in ms."
    digits = shown(timestamp, VALUE_SHOWN_MAX)
    if len(timestamp) > 19:
        hint = "A time in milliseconds has 13 digits."
        return Why(rule, expected, f"{digits}, {len(timestamp)} digits.", hint, details)
    skew = int(timestamp) - now
    details["skew_ms"] = f"{skew:+d}"
    unit = _unit(int(timestamp), now)
    if unit:
        details["unit"] = unit
        hint = f"The number looks like {unit}: send milliseconds, 13 digits."
        return Why(rule, expected, f"{digits}, which looks like {unit}.", hint, details)
    side = "ahead of" if skew > 0 else "behind"
    seen = f"{digits}, {abs(skew)} ms {side} the server."
    return Why(rule, expected, seen, _skew_hint(skew), details)


_DAY_MS = 86_400_000


def _unit(value: int, now: int) -> str:
    """The unit in which `value` would be today, if it is not milliseconds."""
    units = (("seconds", value * 1000), ("microseconds", value // 1000))
    for name, as_ms in (*units, ("nanoseconds", value // 1_000_000)):
        if abs(as_ms - now) < _DAY_MS:
            return name
    return ""


def _skew_hint(skew: int) -> str:
    hours = round(skew / 3_600_000)
    if 0 < abs(hours) <= 14 and abs(skew - hours * 3_600_000) < 60_000:
        return (
            f"The difference is {hours:+d} h, whole hours: a local time was taken for UTC. "
            "Send milliseconds since 1970 in UTC."
        )
    if skew > 0:
        return (
            "Your clock is ahead, or the server's time stands still in the past: synchronise, or "
            "read GET /v5/market/time and correct yours. A larger recv_window does not help."
        )
    return (
        "Your clock is behind, or the request was signed long before it was sent: synchronise, "
        "sign at the last moment, or send a larger recv_window."
    )


def key_unknown(api_key: bytes) -> Why:
    """10003: never created here, or deleted."""
    text = shown(api_key, VALUE_SHOWN_MAX)
    seen = f"'{text}', which was never created on this server or has been deleted."
    hint = (
        "`utabox key list` shows the keys, `utabox key create --uid UID` makes one. A key of the "
        "real exchange, of its testnet or of another venue is not known here; case matters."
    )
    if re.fullmatch(rb"[0-9a-f]{64}", api_key):
        text = abbreviated(api_key)
        seen = f"{text}: 64 hex digits, which look like a signature."
        hint = "The signature belongs in X-BAPI-SIGN and the key id in X-BAPI-API-KEY."
    elif api_key != _unwrapped(api_key):
        hint = "The value has quotes, spaces or percent signs around it: send it bare. " + hint
    rule = "X-BAPI-API-KEY names a key that exists in this environment."
    return Why(rule, "The id of an existing key.", seen, hint, {"api_key": text})


def key_expired(api_key: str, expires_at: int, now: int) -> Why:
    """33004: since when."""
    return Why(
        rule="A key without bound IP addresses lives 90 days; from the instant of its expiry on "
        "it is refused.",
        expected=f"A call before {_instant(expires_at)}.",
        seen=f"Key {api_key} expired {now - expires_at} ms ago; it is {_instant(now)}.",
        hint="Make a new key with `utabox key create --uid UID`; a key bound to IP addresses does "
        "not expire.",
        details={"expires_at": str(expires_at), "server_timestamp": str(now)},
    )


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def ip_unmatched(api_key: str, peer: str, ips: tuple[str, ...]) -> Why:
    """10010: from where, and from where it would be right."""
    bound = ", ".join(ips)
    return Why(
        rule="A key with bound IP addresses is taken from these addresses only.",
        expected=f"A call from {bound}.",
        seen=f"Key {api_key} was used from {peer}.",
        hint=f"Call from a bound address, or make a key that is bound to {peer} or to none: "
        "`utabox key create --uid UID`. 127.0.0.1 and ::1 are different addresses.",
        details={"peer": peer, "bound_ips": bound},
    )


def account_frozen(uid: int) -> Why:
    """10008: the account is frozen."""
    return Why(
        rule="The keys of a frozen account are refused.",
        expected="An account that is not frozen.",
        seen=f"UID {uid} is frozen.",
        hint=f"`utabox account set {uid} --unfreeze` unfreezes it.",
        details={"uid": str(uid)},
    )


def read_only(api_key: str) -> Why:
    """10005: a state-changing call by a read-only key."""
    return Why(
        rule="A read-only key may call nothing that changes state.",
        expected="A key with readOnly 0.",
        seen=f"Key {api_key} is read-only.",
        hint="Use a key with write access; `utabox key list` shows them, "
        "`utabox key create --uid UID` makes one.",
        details={"read_only": "1"},
    )


def permission_denied(api_key: str, needed: int, held: int) -> Why:
    """10005: which permissions would do, and which the key has."""
    wanted = permission_names(needed)
    owned = permission_names(held) or "none"
    return Why(
        rule="An endpoint asks for at least one of its permissions.",
        expected=f"Any one of: {wanted}.",
        seen=f"Key {api_key} holds: {owned}.",
        hint="Use a key that holds one of them; `utabox key list` shows what each holds, "
        "`utabox key create --uid UID` makes one.",
        details={"needed_any_of": wanted, "held": owned},
    )


def permission_names(bits: int) -> str:
    """The permissions in `bits`, as `Group:Value, ...`."""
    return ", ".join(
        f"{group}:{value}"
        for index, (group, value, _) in enumerate(PERMISSIONS)
        if bits >> index & 1
    )
