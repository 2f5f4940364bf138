"""What a client sent, cut to what people can read and may see."""

from __future__ import annotations

TEXT_SHOWN_MAX = 2_000  # characters of a signed text in an explanation
VALUE_SHOWN_MAX = 100  # characters of any other value that a client sent


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
