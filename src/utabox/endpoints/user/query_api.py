"""GET /v5/user/query-api"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.referral import inviter_of
from utabox.engine.state import State
from utabox.permissions import as_groups
from utabox.records.api_key import days_left, rfc3339, shown_ips
from utabox.terms import VipLevel


class ApiKeyInfo(msgspec.Struct, frozen=True):
    """The calling key and its account."""

    id: Annotated[str, Meta(description="The key's internal number.")]
    note: Annotated[str, Meta(description="Its remark.")]
    apiKey: Annotated[str, Meta(description="The key itself.")]
    readOnly: Annotated[int, Meta(description="1: it may not change anything.")]
    secret: Annotated[str, Meta(description="Always empty.")]
    permissions: Annotated[
        dict[str, list[str]], Meta(description="Every permission group, with what the key holds.")
    ]
    ips: Annotated[list[str], Meta(description="Bound addresses; * when unbound.")]
    type: Annotated[int, Meta(description="1: personal, 2: third-party application.")]
    deadlineDay: Annotated[int, Meta(description="Whole days left; negative: never expires.")]
    expiredAt: Annotated[str, Meta(description="When it expires; the epoch: never.")]
    createdAt: Annotated[str, Meta(description="When it was made.")]
    unified: Annotated[int, Meta(description="Deprecated, always 0.")]
    uta: Annotated[int, Meta(description="0: classic account, 1: unified.")]
    userID: Annotated[int, Meta(description="The account's UID.")]
    inviterID: Annotated[int, Meta(description="Who invited the account; 0: nobody.")]
    vipLevel: Annotated[VipLevel, Meta(description="The account's fee level.")]
    mktMakerLevel: Annotated[str, Meta(description="0: none.")]
    affiliateID: Annotated[int, Meta(description="0: none.")]
    rsaPublicKey: Annotated[str, Meta(description="PEM; empty for an HMAC key.")]
    isMaster: Annotated[bool, Meta(description="Whether it is a master account.")]
    parentUid: Annotated[str, Meta(description="The master's UID; 0 for a master.")]
    kycLevel: Annotated[str, Meta(description="Identity verification.")]
    kycRegion: Annotated[str, Meta(description="Its region; empty without one.")]
    # Undocumented, but in the page's example.
    userIDInt64: Annotated[str, Meta(description="Undocumented, 0.")] = "0"
    inviterIDInt64: Annotated[str, Meta(description="Undocumented: inviterID as text.")] = "0"
    affiliateIDInt64: Annotated[str, Meta(description="Undocumented, 0.")] = "0"


@query(
    "GET /v5/user/query-api",
    result=ApiKeyInfo,
    ret_msg="",
    limit=Limit(10),
    demo=True,
    source="docs/v5/user/apikey-info",
)
def query_api(state: State, caller: Caller) -> ApiKeyInfo:
    """What the calling key is and may do."""
    key, account = caller.key, caller.account
    inviter = inviter_of(state, account.uid)
    return ApiKeyInfo(
        id=str(key.key_id),
        note=key.note,
        apiKey=key.api_key,
        readOnly=int(key.read_only),
        secret="",
        permissions=as_groups(key.permissions),
        ips=shown_ips(key),
        type=2 if key.third_party else 1,
        deadlineDay=days_left(key, caller.now),
        expiredAt=rfc3339(key.expires_at),
        createdAt=rfc3339(key.created_at),
        unified=0,
        uta=int(account.unified),
        userID=account.uid,
        inviterID=inviter,
        vipLevel=account.vip_level,
        mktMakerLevel="0",
        affiliateID=0,
        rsaPublicKey=key.public_key,
        isMaster=account.is_master,
        parentUid=str(account.parent_uid),
        kycLevel="LEVEL_DEFAULT",
        kycRegion="",
        inviterIDInt64=str(inviter),
    )
