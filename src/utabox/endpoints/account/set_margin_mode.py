"""POST /v5/account/set-margin-mode"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.margin_mode import SetMarginMode
from utabox.engine.rules import Rejected
from utabox.retcodes import (
    MARGIN_MODE_FAILED,
    MARGIN_MODE_FAILED_DEMO,
    PARAMS_ERROR,
    UTA_REQUIRED,
)
from utabox.terms import MarginMode


class Params(msgspec.Struct, frozen=True):
    """The wanted mode."""

    setMarginMode: Annotated[MarginMode, Meta(description="The mode to switch to.")]


class Reason(msgspec.Struct, frozen=True):
    """One of the reasons of a refusal."""

    reasonCode: Annotated[str, Meta(description="A code of the error page, as text.")]
    reasonMsg: Annotated[str, Meta(description="Its text.")]


class Reasons(msgspec.Struct, frozen=True):
    """Why the mode was not switched; empty after a success."""

    reasons: Annotated[list[Reason], Meta(description="Every reason, not only the first.")] = []


def explain(refusal: Rejected) -> Reasons:
    """All reasons of a refusal."""
    return Reasons([Reason(str(reason.code), reason.message) for reason in refusal.reasons])


@command(
    "POST /v5/account/set-margin-mode",
    result=Reasons,
    refused=explain,
    ret_msg="Request accepted",
    members="result",
    limit=Limit(5),
    permission=("ContractTrade", "Derivatives", "Options"),
    demo=True,
    refusals=(PARAMS_ERROR, UTA_REQUIRED, MARGIN_MODE_FAILED, MARGIN_MODE_FAILED_DEMO),
    source="docs/v5/account/set-margin-mode",
)
def set_margin_mode(caller: Caller, params: Params) -> SetMarginMode:
    """Switch the margin mode of the calling account."""
    return SetMarginMode(uid=caller.uid, margin_mode=params.setMarginMode)
