"""A raw query string, taken apart and joined again as clients do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote_from_bytes, unquote_to_bytes

PARAMETERS_TRIED_MAX = 60  # twice what any endpoint takes; above, nothing is encoded

Pairs = list[tuple[bytes, bytes]]
"""Names and values, as they stand in the query."""


def split_query(query: bytes) -> Pairs:
    """The pairs of a query, in its order; empty ones between two `&` are left out."""
    items = (item.partition(b"=") for item in query.split(b"&") if item)
    return [(name, value) for name, _, value in items]


def join_query(pairs: Pairs) -> bytes:
    return b"&".join(name + b"=" + value for name, value in pairs)


def decodings(text: bytes) -> tuple[bytes, bytes]:
    """Percent-decoded, `+` kept and `+` as a space."""
    return unquote_to_bytes(text), unquote_to_bytes(text.replace(b"+", b" "))


# Characters that an encoder leaves alone: RFC 3986, Python's quote, encodeURIComponent,
# encodeURI, commas kept, times and commas kept.
_SAFE = ("", "/", "!*'()", ";,/?:@&=+$!*'()#", ",", ":,")


def encodings(pairs: Pairs) -> Iterator[bytes]:
    """The pairs' values encoded in the styles of the usual libraries.

    Raises:
        ValueError: more parameters than any call has; encoding them would take too long.
    """
    if len(pairs) > PARAMETERS_TRIED_MAX:
        raise ValueError("too many parameters")
    for safe in _SAFE:
        query = join_query(
            [(name, quote_from_bytes(value, safe).encode()) for name, value in pairs]
        )
        yield query
        yield query.replace(b"%20", b"+")
        yield re.sub(rb"%[0-9A-F]{2}", lambda match: match[0].lower(), query)
