"""Sub-accounts on the wire: what the two lists of them show, and how a UID is read."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.engine.rules import Rejected
from utabox.engine.state import Account
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import AccountKind, MemberType
from utabox.why import Why

NORMAL, FROZEN = 1, 4
DIGITS_MAX = 16
PAGE_MAX = 100

PageSize = Annotated[str, Meta(description="1 to 100. Left out: 100.")]
SubCursor = Annotated[
    str, Meta(description="Of the page before this one. Left out, or 0: the first page.")
]


class SubMember(msgspec.Struct, frozen=True):
    """One sub-account."""

    uid: Annotated[str, Meta(description="Its UID.")]
    username: Annotated[str, Meta(description="Its name; empty if it was made from outside.")]
    memberType: Annotated[MemberType, Meta(description="1: normal, 6: custodial.")]
    status: Annotated[int, Meta(description="1: normal, 4: frozen.")]
    remark: Annotated[str, Meta(description="The note it was made with.")]
    accountMode: Annotated[
        AccountKind,
        Meta(description="1: classic, 3: UTA 1.0, 4: UTA 1.0 Pro, 5: UTA 2.0, 6: UTA 2.0 Pro."),
    ]


def sub_member(account: Account) -> SubMember:
    """A sub-account as the lists show it."""
    return SubMember(
        uid=str(account.uid),
        username=account.username,
        memberType=account.member_type,
        status=status_of(account),
        remark=account.remark,
        accountMode=account.kind,
    )


def status_of(account: Account) -> int:
    """1: normal, 4: frozen; 2, login banned, does not happen here."""
    return FROZEN if account.frozen else NORMAL


def number(field: str, text: str) -> int:
    """A UID, cursor or page size that is written as text.

    Raises:
        Rejected: PARAMS_ERROR (10001).
    """
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX):
        raise unfit(field, f"a number of at most {DIGITS_MAX} digits", repr(text)[:80])
    return int(text)


def asked_page(size: str, cursor: str) -> tuple[int, int | None]:
    """How many sub-accounts, and before which number among them; None: from the newest.

    Raises:
        Rejected: PARAMS_ERROR (10001).
    """
    shown = number("pageSize", size or str(PAGE_MAX))
    if not 1 <= shown <= PAGE_MAX:
        raise unfit("pageSize", f"from 1 to {PAGE_MAX}", str(shown))
    return shown, number("nextCursor", cursor or "0") or None


def unfit(field: str, expected: str, seen: str) -> Rejected:
    """The refusal of a parameter."""
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"The parameter {field!r} does not fit this endpoint.",
            expected=expected,
            seen=seen,
            hint=f"Give {expected}.",
        ),
        problem=f"{field} invalid",
    )
