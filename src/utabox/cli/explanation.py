"""A why in words, a line for each part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from utabox.cli.printable import printable

if TYPE_CHECKING:
    from utabox.why import Why

PART_MAX = 600
TEXT_MAX = 2_100
"""Characters of a value in the details: `server.excerpts` cuts signed texts at 2,000."""

BRIEF_DETAILS = ("signed_text", "client_text", "first_difference")
"""What nothing else tells; the others say in numbers what stands in the words."""


def sentence(why: Mapping[str, Any]) -> str:
    """A why, as a door tells it, on one line: what is expected stands in it once."""
    rule, expected, seen, hint = (str(why[name]) for name in ("rule", "expected", "seen", "hint"))
    parts = [rule, f"Seen: {seen}", hint]
    if expected.rstrip(".") not in f"{rule} {hint}":
        parts.insert(1, f"Expected: {expected}")
    return " ".join(map(stopped, filter(None, parts)))


def stopped(text: str) -> str:
    """With one full stop at its end, or what stands for it."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def lines_of(why: Why, details: bool = True) -> Iterator[str]:
    """The rule, and below it what was expected, what was seen, and what to do.

    Args:
        details: All of them; otherwise the `BRIEF_DETAILS`.
    """
    yield f"why: {printable(why.rule, PART_MAX)}"
    for part in parts_of(why):
        yield f"  {part}"
    for name, text in why.details.items():
        if text and (details or name in BRIEF_DETAILS):
            yield f"  {printable(name)}: {printable(text, TEXT_MAX)}"


def parts_of(why: Why) -> Iterator[str]:
    """What was expected, what was seen, and what to do."""
    for name, text in (("expected", why.expected), ("seen", why.seen), ("hint", why.hint)):
        if text:
            yield f"{name}: {printable(text, PART_MAX)}"
