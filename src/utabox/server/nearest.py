"""What somebody may have meant who wrote a name that nothing has."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHOWN_MAX = 30
"""Names, where none is near."""
_NAME_MAX = 80  # characters that are looked at


def folded(name: str) -> str:
    """A name without its capitals, hyphens and spaces."""
    return re.sub(r"[-_ ]", "", name).casefold()


def nearest(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """`did you mean ...?`; where none is near, `otherwise`, or which there are."""
    from difflib import get_close_matches  # it is needed for a mistake only

    names = list(known)
    by_folded = {folded(of): of for of in names}
    found = get_close_matches(folded(name[:_NAME_MAX]), by_folded, 1)
    if found:
        return f"did you mean {by_folded[found[0]]}?"
    return otherwise or f"there are {', '.join(names[:SHOWN_MAX]) or 'none'}"
