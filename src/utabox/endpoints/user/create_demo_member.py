"""POST /v5/user/create-demo-member"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.demo_member import CreateDemoMember
from utabox.engine.state import State
from utabox.retcodes import DEMO_UNSUPPORTED
from utabox.terms import Environment


class DemoMember(msgspec.Struct, frozen=True):
    """The demo account of the calling one."""

    subMemberId: Annotated[str, Meta(description="Its UID, for create-sub-api.")]


def answer(state: State, caller: Caller) -> DemoMember:
    """The one that was made, now or before."""
    return DemoMember(str(state.demo_members[caller.uid]))


@command(
    "POST /v5/user/create-demo-member",
    result=DemoMember,
    answer=answer,
    ret_msg="",
    limit=Limit(5),
    permission=(
        "Wallet:AccountTransfer",
        "Wallet:SubMemberTransfer",
        "Wallet:SubMemberTransferList",
    ),
    environments=(Environment.MAINNET,),
    refusals=(DEMO_UNSUPPORTED,),
    source="docs/v5/demo",
)
def create_demo_member(caller: Caller) -> CreateDemoMember:
    """Open the demo account of a master or sub-account; if there is one, answer its UID."""
    return CreateDemoMember(caller.uid)
