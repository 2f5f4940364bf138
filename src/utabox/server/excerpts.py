"""What a client sent, cut to what people can read and may see."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, islice
from urllib.parse import quote_from_bytes

TEXT_SHOWN_MAX = 2_000  # characters of a signed text in an explanation
VALUE_SHOWN_MAX = 100  # characters of any other value that a client sent
RECOGNISED = 6  # characters by which a hidden value can still be told from others
MASKED_BEYOND = 1_400  # bytes after the end of what is shown: the longest signature's
HIDDEN_MIN = 6  # bytes; a shorter word stands in too many texts by chance
TRUNCATED_MIN = 12  # bytes of a value that was cut off, from which on its beginning is hidden too
CARRIED_MAX = 8  # secrets of one request that are hidden in other places than their own
IN_BAND_TRIED_MAX = 200  # words like `sign` in one text; what follows is hidden, unread
HEX_RUN = 64  # digits of a signature, wherever it stands

Spans = Iterable[tuple[int, int]]
Finder = Callable[[bytes], Spans]
"""Where something stands in a text that is in lower case."""


def shown(text: bytes, limit: int = TEXT_SHOWN_MAX) -> str:
    """`text` for people: bytes that are no UTF-8 replaced, cut to `limit` characters."""
    characters = text[: limit * 4 + 4].decode("utf-8", "replace")
    if len(characters) <= limit:
        return characters
    return f"{characters[:limit]}... ({len(text)} bytes in all)"


def abbreviated(signature: bytes) -> str:
    """Enough of a signature to recognise it, too little to use it."""
    if len(signature) <= 2 * RECOGNISED:
        return f"({len(signature)} characters)"
    return name_shown(signature)


def name_shown(name: bytes) -> str:
    """A name that nobody has here: it may be a secret in the wrong place."""
    if len(name) <= RECOGNISED:
        return name.decode("ascii", "replace")
    return f"{name[:RECOGNISED].decode('ascii', 'replace')}... ({len(name)} characters)"


def number_shown(value: bytes) -> str:
    """A value that should be a number or a time; of anything else only the beginning."""
    if re.fullmatch(rb"[-+0-9.,:_/ TZe]{0,40}", value):
        return f"'{value.decode()}'"
    return f"'{name_shown(value)}'"


def first_difference(ours: bytes, theirs: bytes, mask: Mask) -> str:
    """Where two texts part, with 20 bytes before and after."""
    at = _parting(ours, theirs)
    ours, theirs = (mask.hidden(text[: at + MASKED_BEYOND]) for text in (ours, theirs))
    return f"at byte {at}: the server signed {_around(ours, at)}, you signed {_around(theirs, at)}"


def _parting(ours: bytes, theirs: bytes) -> int:
    """The first byte in which the texts differ, found by halves."""
    low, high = 0, min(len(ours), len(theirs))
    while low < high:
        middle = (low + high + 1) // 2
        if ours[low:middle] == theirs[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _around(text: bytes, at: int) -> str:
    start = max(at - 20, 0)
    before = "..." if start else ""
    if at >= len(text):
        return f"'{before}{shown(text[start:at])}' and nothing more"
    after = "..." if at + 20 < len(text) else ""
    return f"'{before}{shown(text[start : at + 20])}{after}'"


# --- what may not be seen ----------------------------------------------------------------------

# Members and parameters that carry a signature or a secret, as V2 and many clients name them.
# In lower case; the value is the one named group that took part. NUL ends every text.
_IN_BAND = re.compile(
    rb"""
    (?: (?: (?<![a-z]) | (?<=api) ) sign(?:ature)? | secret[\w-]{0,20} | pass(?:word|phrase)
      | private[_-]?key )
    (?: \s* (?:=|%3d) | (?<=[_-]sign) : | (?<=[_-]signature) : | (?<=[_-]secret) :
      | (?:\\*["']|%22|%27) \s* (?::|=>|%3a) ) \s*
    (?: "(?P<a>(?:[^"\\\0]|\\[^\0])*) | '(?P<b>(?:[^'\\\0]|\\[^\0])*)
      | \\+["'](?P<c>[^\0]*?)(?=\\["']|\0|$) | %2[27](?P<d>[^\0]*?)(?=%2[27]|\0|$)
      | [\[{](?P<e>[^\]}\0]*) | (?P<f>[^\s&,;"'}\]\0]+) )
    """,
    re.VERBOSE,
)
_HINTS = (b"sign", b"secret", b"pass", b"private")  # with one of them begins whatever matches above
_HEX_RUN = b"h" * HEX_RUN
_HEX_DIGITS = bytes(ord("h") if chr(byte) in "0123456789abcdef" else 46 for byte in range(256))


class Mask:
    """Hides the signatures and the secrets in whatever is shown of one request.

    Hidden characters become asterisks, one for each byte: offsets and lengths stay true, so a text
    may be masked before it is cut.

    Args:
        secrets: Hidden wholly, if they are not too short to be told from other words.
        recognisable: Hidden but for their first six characters, if they have twelve.
        finders: Find what only they know.
        carrying: Texts whose in-band secrets are hidden wherever else they stand.
    """

    def __init__(
        self,
        *,
        secrets: Iterable[bytes] = (),
        recognisable: Iterable[bytes] = (),
        finders: Iterable[Finder] = (),
        carrying: Iterable[bytes] = (),
    ) -> None:
        in_band = (
            text[start:end] for text in carrying for start, end in _in_band_values(text.lower())
        )
        carried = set(islice(in_band, CARRIED_MAX))
        self._finders = [finder_of(each) for each in (*secrets, *carried)]
        self._finders += [
            finder_of(each, RECOGNISED) for each in recognisable if len(each) >= 2 * RECOGNISED
        ]
        self._finders += [*finders, _in_band_values, _hex_runs]

    def hidden(self, text: bytes) -> bytes:
        """`text`, as long as it was."""
        lowered = text.lower()
        spans = [span for find in self._finders for span in find(lowered)]
        if not spans:
            return text
        masked = bytearray(text)
        for start, end in spans:
            masked[start:end] = b"*" * (end - start)
        return bytes(masked)

    def texts(self, texts: Sequence[str]) -> list[str]:
        """The same of many texts at once, which is much cheaper than one by one."""
        parts = [text.encode("utf-8", "replace") for text in texts]
        joined = b"\0".join(parts)
        masked = self.hidden(joined)
        if masked is joined:
            return list(texts)
        ends = list(accumulate(len(part) + 1 for part in parts))
        return [
            masked[end - 1 - len(part) : end - 1].decode("utf-8", "replace")
            for part, end in zip(parts, ends, strict=True)
        ]


def finder_of(value: bytes, kept: int = 0) -> Finder:
    """Finds `value` in any case, percent-encoded, in JSON, and its beginning where it is cut."""
    forms = [form for form in _spellings(value) if len(form) >= HIDDEN_MIN]

    def find(lowered: bytes) -> Iterator[tuple[int, int]]:
        for form in forms:
            head = form[:TRUNCATED_MIN]
            at = lowered.find(head)
            while at >= 0:
                end = at + _common(lowered[at : at + len(form)], form)
                if end - at == len(form) or _cut_off(lowered, end):
                    yield at + kept, end
                at = lowered.find(head, end)

    return find


def _spellings(value: bytes) -> set[bytes]:
    """How a text may hold `value`, in lower case."""
    if value.isalnum():
        return {value.lower()}
    text = value.decode("utf-8", "replace")
    escaped = json.dumps(text)[1:-1]
    spelt = (
        value,
        text.encode(),
        quote_from_bytes(value, "").encode(),
        escaped.encode(),
        escaped.replace("/", "\\/").encode(),
        json.dumps(text, ensure_ascii=False)[1:-1].encode(),
    )
    return {each.lower() for each in spelt}


def _common(text: bytes, form: bytes) -> int:
    return len(form) if text == form else _parting(text, form)


def _cut_off(text: bytes, end: int) -> bool:
    return end == len(text) or text.startswith((b"\0", b"...", b"'", b"\xe2\x80\xa6"), end)


def _in_band_values(lowered: bytes) -> Iterator[tuple[int, int]]:
    tried = 0
    for hint in _HINTS:
        at = lowered.find(hint)
        while at >= 0:
            tried += 1
            if tried > IN_BAND_TRIED_MAX:
                yield at, len(lowered)
                return
            match = _IN_BAND.match(lowered, at)
            if match is not None:
                yield match.span(match.lastgroup or 0)
            at = lowered.find(hint, at + len(hint) if match is None else match.end())


def _hex_runs(lowered: bytes) -> Iterator[tuple[int, int]]:
    if len(lowered) < HEX_RUN:
        return
    digits = lowered.translate(_HEX_DIGITS)
    at = digits.find(_HEX_RUN)
    while at >= 0:
        end = len(digits) if (other := digits.find(b".", at)) < 0 else other
        yield at + RECOGNISED, end
        at = digits.find(_HEX_RUN, end)
