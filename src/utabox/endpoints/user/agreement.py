"""POST /v5/user/agreement"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.agreement import SignAgreement
from utabox.records.api_key import WALLET
from utabox.records.sub_member import unfit
from utabox.retcodes import AGREEMENT_BY_SUB, PARAMS_ERROR
from utabox.terms import Agreement

OLDER = {2: Agreement.METALS, 3: Agreement.CRUDE_OIL}
NEWER = {1: Agreement.METALS, 2: Agreement.CRUDE_OIL}


class Params(msgspec.Struct, frozen=True):
    """Which agreement; one of the two numbers will do."""

    agree: Annotated[bool, Meta(description="Only true.")]
    category: Annotated[
        Annotated[int, Meta(ge=2, le=3)] | None,
        Meta(description="2: metals and stock perpetuals, 3: crude oil."),
    ] = None
    categoryV2: Annotated[
        Annotated[int, Meta(ge=1, le=2)] | None,
        Meta(description="1: metals and stock perpetuals, 2: crude oil."),
    ] = None


@command(
    "POST /v5/user/agreement",
    ret_msg="success",
    limit=Limit(20),
    permission=WALLET,
    refusals=(PARAMS_ERROR, AGREEMENT_BY_SUB),
    source="docs/v5/user/sign-agreement",
)
def agreement(caller: Caller, params: Params) -> SignAgreement:
    """Sign for metals or crude oil contracts, for the master and all its sub-accounts."""
    if not params.agree:
        raise unfit("agree", "true", "false")
    older = OLDER.get(params.category or 0)
    newer = NEWER.get(params.categoryV2 or 0)
    if newer is None and older is None:
        raise unfit("categoryV2", "1 or 2", "neither categoryV2 nor category")
    if None not in (newer, older) and newer is not older:
        raise unfit("category", f"the same agreement as categoryV2, {newer}", str(older))
    signed = newer or older
    assert signed is not None
    return SignAgreement(uid=caller.uid, agreement=signed)
