"""Why a signature was refused, in words that name the client's mistake.

Nothing here runs until somebody reads the explanation. The text that the client signed is unknown,
so the usual mistakes are made one by one until the signature fits or the work becomes too much:
the search runs on the event loop.

No secret is ever shown, and of a signature its first six characters at most.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from hmac import compare_digest
from typing import NamedTuple

from utabox.server.evidence import Budget, Evidence
from utabox.server.excerpts import TEXT_SHOWN_MAX, abbreviated, first_difference, shown
from utabox.server.mistaken_frames import FRAMES, PAYLOAD_PAIRED_MAX, WINDOW_FRAMES, Frames
from utabox.server.mistaken_payloads import PAYLOAD_COPIED_MAX, PAYLOAD_TRIED_MAX, rewritten
from utabox.server.mistakes import (
    HASHED_TWICE,
    HMAC_FOR_RSA,
    KEY_MISTAKES,
    RSA_FOR_HMAC,
    RSA_HASHES,
    RSA_OTHER_KEY,
    RSA_OTHER_TEXT,
    RSA_PSS,
    SECRET_SENT,
    Mistake,
)
from utabox.server.signature import HmacVerifier, RsaVerifier, fingerprint
from utabox.server.spellings import HMAC_FORMS, RSA_FORMS, readings
from utabox.why import Why

SEARCH_WORK_MAX = 128 * 1024  # of all texts tried together: below 10 ms, whatever the payload
HASHING_WORK = 40  # of every text tried, however short
SIBLINGS_TRIED_MAX = 10
EXPECTED_TEXT_MAX = 200  # characters of the signed text in the sentence; details show more


class Finding(NamedTuple):
    """The mistakes that together explain a signature."""

    mistakes: tuple[Mistake, ...]
    text: bytes | None = None  # what the client signed, where that is the mistake

    def after(self, form: Mistake | None) -> Finding:
        return Finding((form, *self.mistakes), self.text) if form else self


# --- the answer --------------------------------------------------------------------------------

_SIGN_RULE = (
    "The signature covers timestamp + api key + recv_window + payload, each exactly as sent; the "
    "payload is the raw query string of a GET or the raw body of a POST."
)
_COMPARE = (
    "Compare the text that is expected with the one that your client signs, character by "
    "character; if they are equal, it is the secret, and a new key comes from "
    "`utabox key create --uid UID`."
)
_UNKNOWN = Mistake(
    "unknown",
    "A signature of some other text, or one made with another secret.",
    "Nothing we tried explains it: the secret is another one, or the text is. " + _COMPARE,
)
_NOT_SEARCHED = Mistake(
    "not-searched",
    "A signature of some other text, or one made with another secret; the usual mistakes have not "
    "been searched for it.",
    "Too many other calls were to be explained at once, or this one is too large. Read the log "
    "again, or this call alone: each reading searches some more. " + _COMPARE,
)


def bad_signature(evidence: Evidence) -> Why:
    """10004: the mistake, if it is a usual one, and the two texts compared."""
    return _told(evidence, _find(evidence) or Finding((_UNKNOWN,)))


def bad_signature_unsearched(evidence: Evidence) -> Why:
    """10004 at next to no cost: what the signature's form tells, and the text that was expected."""
    found = _find_form(evidence)
    sure = found is not None and found.mistakes[0] in (HMAC_FOR_RSA, RSA_FOR_HMAC)
    return _told(evidence, found if found and sure else Finding((_NOT_SEARCHED,)))


def _told(evidence: Evidence, found: Finding) -> Why:
    mask, text = evidence.mask, evidence.text
    visible = mask.hidden(text[:PAYLOAD_TRIED_MAX])
    details = {
        "signed_text": _shown(visible, text),
        "signature": abbreviated(b"" if SECRET_SENT in found.mistakes else evidence.signature),
        "mistake": "+".join(mistake.name for mistake in found.mistakes),
    }
    if found.text is not None:
        details["client_text"] = _shown(mask.hidden(found.text[:PAYLOAD_TRIED_MAX]), found.text)
        details["first_difference"] = first_difference(text, found.text, mask)
    if isinstance(evidence.verifier, RsaVerifier):
        form = "RSA PKCS#1 v1.5 over SHA-256, in standard base64 with padding"
    else:
        form = "HMAC-SHA256 with the key's secret, as 64 lower-case hex digits"
    return Why(
        rule=_SIGN_RULE,
        expected=f"{form}, of this text: {_shown(visible, text, EXPECTED_TEXT_MAX)}",
        seen=" ".join(mistake.seen for mistake in found.mistakes),
        hint=" ".join(mistake.hint for mistake in found.mistakes),
        details=details,
    )


def _shown(visible: bytes, text: bytes, limit: int = TEXT_SHOWN_MAX) -> str:
    """The beginning of `visible`, which is the beginning of `text` as it may be seen."""
    if len(visible) == len(text):
        return shown(visible, limit)
    return f"{visible.decode('utf-8', 'replace')[:limit]}... ({len(text)} bytes in all)"


# --- the search --------------------------------------------------------------------------------

Fits = Callable[[bytes], bool]
"""Whether the client's signature signs this text."""


def _find(evidence: Evidence) -> Finding | None:
    """The first mistake, or pair of mistakes, that makes the signature fit."""
    found = None
    if isinstance(evidence.verifier, HmacVerifier):
        found = _find_hmac(evidence, evidence.verifier)
    elif isinstance(evidence.verifier, RsaVerifier):
        found = _find_rsa(evidence, evidence.verifier)
    return found or _find_sibling(evidence) or _find_form(evidence)


def _find_hmac(evidence: Evidence, verifier: HmacVerifier) -> Finding | None:
    budget = Budget(SEARCH_WORK_MAX)
    if fingerprint(evidence.signature) == verifier.fingerprint:
        return Finding((SECRET_SENT,))
    for spelling, raw in readings(evidence.signature):
        form = HMAC_FORMS[spelling]

        def fits(text: bytes, raw: bytes = raw) -> bool:
            return compare_digest(verifier.digest(text), raw)

        if form and fits(evidence.text):
            return Finding((form,))
        found = _find_secret(evidence, verifier, raw)
        if not found and len(raw) == 32:
            found = _find_text(evidence, fits, budget)
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
            return Finding((KEY_MISTAKES[name],))
    return None


def _find_rsa(evidence: Evidence, verifier: RsaVerifier) -> Finding | None:
    for spelling, raw in readings(evidence.signature):
        form = RSA_FORMS[spelling]
        if len(raw) != verifier.size:
            continue
        if verifier.verify_pss(evidence.text, raw):
            return Finding((RSA_PSS,)).after(form)
        signed = verifier.signed_digest(raw)
        if signed:
            return _find_digest(evidence, form, *signed)
    return None


def _find_digest(evidence: Evidence, form: Mistake | None, name: str, digest: bytes) -> Finding:
    """The signature is of this key and gives its digest away: only the text is in doubt."""

    def fits(text: bytes) -> bool:
        hashed = hashlib.new(RSA_HASHES[name][0], text, usedforsecurity=False)
        return compare_digest(hashed.digest(), digest)

    other_hash = RSA_HASHES[name][1]
    if other_hash:
        form = other_hash
    if form and fits(evidence.text):
        return Finding((form,))
    found = _find_text(evidence, fits, Budget(SEARCH_WORK_MAX))
    if found:
        return found.after(form)
    once = hashlib.sha256(evidence.text)
    if fits(once.digest()) or fits(once.hexdigest().encode()):
        return Finding((HASHED_TWICE,)).after(form)
    return Finding((RSA_OTHER_TEXT,)).after(form)


def _find_text(evidence: Evidence, fits: Fits, budget: Budget) -> Finding | None:
    """A text other than the server's that the client may have signed."""
    ours = evidence.text
    for mistakes, text in _candidates(evidence, budget):
        if not budget.spend(HASHING_WORK + len(text) // 8):
            return None
        if text != ours and fits(text):
            return Finding(mistakes, text)
    return None


def _find_sibling(evidence: Evidence) -> Finding | None:
    """The secret of another key of the same account."""
    text = evidence.text
    if len(text) > PAYLOAD_COPIED_MAX:
        return None
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
            return Finding((HMAC_FOR_RSA,))
        known = evidence.verifier.size in sizes
        return Finding((RSA_OTHER_KEY if known else _malformed(evidence),))
    if max(sizes, default=0) >= 128:
        return Finding((RSA_FOR_HMAC,))
    return None if hex_digits else Finding((_malformed(evidence),))


def _malformed(evidence: Evidence) -> Mistake:
    return Mistake(
        "malformed",
        f"{abbreviated(evidence.signature)} cannot be a signature of this key: "
        "its length or its characters are wrong.",
        "Send the whole signature and nothing else in X-BAPI-SIGN: 64 lower-case hex digits for a "
        "key with a secret, base64 as long as the modulus for an RSA key.",
    )


# --- another text ------------------------------------------------------------------------------

Candidate = tuple[tuple[Mistake, ...], bytes]


def _candidates(evidence: Evidence, budget: Budget) -> Iterator[Candidate]:
    """Texts that a client may have signed: single mistakes first, then pairs."""
    size = len(evidence.payload)
    if size <= PAYLOAD_COPIED_MAX:
        frames = WINDOW_FRAMES if size <= PAYLOAD_TRIED_MAX else WINDOW_FRAMES[:1]
        yield from _framed(evidence, (), evidence.payload, frames)
    payloads = []
    for mistake, payload in rewritten(evidence, budget):
        payloads.append((mistake, payload))
        yield (mistake,), evidence.standard(payload)
    if size <= PAYLOAD_TRIED_MAX:
        yield from _framed(evidence, (), evidence.payload, FRAMES)
    if size <= PAYLOAD_PAIRED_MAX:
        for mistake, payload in payloads:
            yield from _framed(evidence, (mistake,), payload, WINDOW_FRAMES)


def _framed(
    evidence: Evidence, mistakes: tuple[Mistake, ...], payload: bytes, frames: Frames
) -> Iterator[Candidate]:
    for mistake, make in frames:
        for text in make(evidence, payload):
            yield (*mistakes, mistake), text
