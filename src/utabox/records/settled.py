"""What deliveries and session settlements are asked for by alike, and how they refuse.

Both say what is wrong in the words of the exchange's code table, in an order of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from utabox.catalogue import Instrument, instrument
from utabox.engine.rules import Rejected
from utabox.engine.state import Account
from utabox.records.paging import DAY, TIME_MAX, shown, window
from utabox.retcodes import (
    CATEGORY_NULL,
    CATEGORY_UNSUPPORTED,
    CLASSIC_UNSUPPORTED,
    END_NOT_NUMBER,
    LIMIT_NOT_NUMBER,
    RANGE_TOO_LONG,
    START_NOT_BEFORE_END,
    START_NOT_NUMBER,
    SYMBOL_NOT_EXIST,
    RetCode,
)
from utabox.terms import Category
from utabox.why import Why

LIMIT_MAX = 50
RANGE = 30 * DAY

# Texts, because what is no number is refused in words of its own.
Symbol = Annotated[str, Meta(description="One symbol, in capitals. Left out: every one.")]
StartText = Annotated[str, Meta(description="ms, inclusive.")]
EndText = Annotated[str, Meta(description="ms, inclusive; at most 30 days later.")]
LimitText = Annotated[str, Meta(description="Records a page, at most 50.")]


def category_of(text: str, known: Sequence[Category]) -> Category:
    """The category that is asked for.

    Raises:
        Rejected: CATEGORY_NULL (181000) or CATEGORY_UNSUPPORTED (181001).
    """
    expected = " or ".join(f"category={category}" for category in known)
    if not text:
        raise refused(CATEGORY_NULL, expected, "no category", f"Add {expected}.")
    found = next((category for category in known if category == text), None)
    if found is None:
        seen = f"category={text[:40]}"
        raise refused(CATEGORY_UNSUPPORTED, expected, seen, f"Ask for {expected}.")
    return found


def times(start: str, end: str, now: int) -> tuple[int, int]:
    """From when to when records are asked for, ms, both inclusive.

    Raises:
        Rejected: START_NOT_NUMBER (181006), END_NOT_NUMBER (181007), START_NOT_BEFORE_END (181009)
            or RANGE_TOO_LONG (181010).
    """
    first = _number(start, START_NOT_NUMBER) if start else None
    last = _number(end, END_NOT_NUMBER) if end else None
    if first is not None and last is not None:
        if first >= last:
            raise refused(
                START_NOT_BEFORE_END, f"less than endTime, {last}", f"startTime={first}",
                "Give the earlier of the two times as startTime.",
            )  # fmt: skip
        if last - first > RANGE:
            raise refused(
                RANGE_TOO_LONG, f"at most {first + RANGE}, 30 days later", f"endTime={last}",
                "Ask for one month after the other.",
            )  # fmt: skip
    return window(first, last, now, usual=RANGE, most=RANGE)


def page_size(limit: str) -> int:
    """How many records a page has.

    Raises:
        Rejected: LIMIT_NOT_NUMBER (181011), or PARAMS_ERROR (10001) below 1.
    """
    return shown(_number(limit, LIMIT_NOT_NUMBER), LIMIT_MAX)


def symbol_of(category: Category, symbol: str) -> Instrument | None:
    """The instrument that is asked for; None: every one.

    Raises:
        Rejected: SYMBOL_NOT_EXIST (181012).
    """
    if not symbol:
        return None
    try:
        return instrument(category, symbol)
    except Rejected as unknown:
        raise Rejected(SYMBOL_NOT_EXIST, why=unknown.why) from None


def refuse_classic(account: Account) -> None:
    """Such records are of unified accounts.

    Raises:
        Rejected: CLASSIC_UNSUPPORTED (181014).
    """
    if not account.unified:
        raise refused(
            CLASSIC_UNSUPPORTED, "unifiedMarginStatus 3, 4, 5 or 6",
            f"{account.kind.value} (classic)",
            f"Make it unified: `utabox account set {account.uid} --kind 5`.",
        )  # fmt: skip


def refused(ret: RetCode, expected: str, seen: str, hint: str) -> Rejected:
    """A refusal of these endpoints."""
    rule = "Deliveries and settlements are asked for by category, symbol and time."
    return Rejected(ret, why=Why(rule=rule, expected=expected, seen=seen, hint=hint))


def _number(text: str, ret: RetCode) -> int:
    if text.isascii() and text.isdigit() and len(text) <= len(str(TIME_MAX)):
        return min(int(text), TIME_MAX)
    raise refused(ret, "digits only", repr(text[:40]), "Times are milliseconds since the epoch.")
