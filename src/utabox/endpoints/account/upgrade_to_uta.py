"""POST /v5/account/upgrade-to-uta"""

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.upgrade import (
    NEXT_KIND,
    VIP_REQUIRED,
    WINDOW_CLOSED,
    UpgradeToUta,
)
from utabox.engine.rules import Rejected
from utabox.engine.state import State


class UpdateStatus(enum.StrEnum):
    """How an upgrade stands."""

    FAIL = "FAIL"
    PROCESS = "PROCESS"
    SUCCESS = "SUCCESS"


class UpdateMsg(msgspec.Struct, frozen=True):
    """Why an upgrade did not begin."""

    msg: Annotated[list[str], Meta(description="Every reason, a sentence each.")]


class UpgradeAnswer(msgspec.Struct, frozen=True):
    """How the upgrade stands. A refusal has retCode 0, too."""

    unifiedUpdateStatus: Annotated[UpdateStatus, Meta(description="FAIL: refused; see the msg.")]
    unifiedUpdateMsg: Annotated[UpdateMsg | None, Meta(description="null unless it failed.")] = None


def explain(refusal: Rejected) -> UpgradeAnswer:
    """FAIL, with the text of every failing check."""
    texts = UpdateMsg([reason.message for reason in refusal.reasons])
    return UpgradeAnswer(UpdateStatus.FAIL, texts)


def answer(state: State, caller: Caller) -> UpgradeAnswer:
    """SUCCESS when there is nothing to upgrade to, else PROCESS."""
    done = caller.account.kind not in NEXT_KIND
    return UpgradeAnswer(UpdateStatus.SUCCESS if done else UpdateStatus.PROCESS)


@command(
    "POST /v5/account/upgrade-to-uta",
    result=UpgradeAnswer,
    refused=explain,
    answer=answer,
    ret_msg="",
    limit=Limit(1),
    permission=("ContractTrade", "Derivatives", "Options"),
    refusals=(VIP_REQUIRED, WINDOW_CLOSED),
    source="docs/v5/account/upgrade-unified-account",
)
def upgrade_to_uta(caller: Caller) -> UpgradeToUta:
    """Begin the upgrade of the calling account to its Pro kind; poll account info for its end."""
    return UpgradeToUta(uid=caller.uid)
