"""GET /v5/user/sub-apikeys"""

from itertools import islice
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.sub_member import sub_of
from utabox.engine.state import ApiKey, State
from utabox.records.api_key import (
    DAY_MS,
    Permissions,
    days_left,
    rfc3339,
    shown_ips,
    sub_groups,
)
from utabox.records.sub_member import number
from utabox.retcodes import PARAMS_ERROR, SUB_NOT_FOUND
from utabox.terms import Algorithm

PAGE_MAX = 20
EXPIRED, PERMANENT, VALID, ENDING = 2, 1, 3, 4
ENDING_MS = 7 * DAY_MS


class Params(msgspec.Struct, frozen=True):
    """Whose keys, and which page."""

    subMemberId: Annotated[str, Meta(description="The UID of a sub-account.")]
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX, description="Rows. Left out: 20.")] = PAGE_MAX
    cursor: Annotated[
        str, Meta(description="nextPageCursor of the page before this one; empty: the first page.")
    ] = ""


class SubKey(msgspec.Struct, frozen=True):
    """One key of a sub-account."""

    id: Annotated[str, Meta(description="The key's internal number.")]
    ips: Annotated[list[str], Meta(description="Bound addresses; * when unbound.")]
    apiKey: Annotated[str, Meta(description="The key itself.")]
    note: Annotated[str, Meta(description="Its remark.")]
    status: Annotated[
        int, Meta(description="1: permanent, 2: expired, 3: valid, 4: less than 7 days left.")
    ]
    expiredAt: Annotated[str, Meta(description="When it expires; the epoch: never.")]
    createdAt: Annotated[str, Meta(description="When it was made.")]
    type: Annotated[int, Meta(description="1: personal, 2: third-party application.")]
    permissions: Annotated[
        Permissions, Meta(description="Permission groups, with what the key holds.")
    ]
    secret: Annotated[str, Meta(description="Always ******.")]
    readOnly: Annotated[bool, Meta(description="Whether it may not change anything.")]
    deadlineDay: Annotated[int, Meta(description="Whole days left; negative: never expires.")]
    flag: Annotated[Literal["hmac", "rsa"], Meta(description="How it signs.")]


class SubKeys(msgspec.Struct, frozen=True):
    """One page of the keys of a sub-account."""

    result: Annotated[list[SubKey], Meta(description="Newest first.")]
    nextPageCursor: Annotated[str, Meta(description="For the next page; empty: there is none.")]


@query(
    "GET /v5/user/sub-apikeys",
    result=SubKeys,
    ret_msg="",
    limit=Limit(10),
    masters_only=True,
    refusals=(PARAMS_ERROR, SUB_NOT_FOUND),
    source="docs/v5/user/list-sub-apikeys",
)
def sub_apikeys(state: State, caller: Caller, params: Params) -> SubKeys:
    """The keys of a sub-account of the calling master, without their secrets."""
    uid = number("subMemberId", params.subMemberId)
    before = number("cursor", params.cursor or "0")
    sub = sub_of(state, caller.uid, uid)
    keys = [key for key in state.keys.values() if key.uid == sub.uid]
    keys.sort(key=lambda key: -key.key_id)
    page = list(
        islice((key for key in keys if not before or key.key_id < before), params.limit + 1)
    )
    shown = page[: params.limit]
    return SubKeys(
        result=[_row(key, caller.now) for key in shown],
        nextPageCursor=str(shown[-1].key_id) if len(page) > len(shown) else "",
    )


def _row(key: ApiKey, now: int) -> SubKey:
    return SubKey(
        id=str(key.key_id),
        ips=shown_ips(key),
        apiKey=key.api_key,
        note=key.note,
        status=_status(key, now),
        expiredAt=rfc3339(key.expires_at),
        createdAt=rfc3339(key.created_at),
        type=2 if key.third_party else 1,
        permissions=sub_groups(key),
        secret="******",
        readOnly=key.read_only,
        deadlineDay=days_left(key, now),
        flag="rsa" if key.algorithm is Algorithm.RSA else "hmac",
    )


def _status(key: ApiKey, now: int) -> int:
    if not key.expires_at:
        return PERMANENT
    if now >= key.expires_at:
        return EXPIRED
    return ENDING if key.expires_at - now < ENDING_MS else VALID
