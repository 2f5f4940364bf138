"""POST /v5/user/create-sub-member"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.sub_member import CreateSubMember
from utabox.engine.state import State
from utabox.records.api_key import WALLET
from utabox.records.sub_member import status_of, unfit
from utabox.retcodes import PARAMS_ERROR, USERNAME_TAKEN
from utabox.terms import MemberType

PASSWORD_MIN, PASSWORD_MAX = 8, 30


class Params(msgspec.Struct, frozen=True):
    """The new sub-account."""

    username: Annotated[
        str,
        Meta(description="6 to 16 letters and digits, some of each; never used before."),
    ]
    memberType: Annotated[Literal[1, 6], Meta(description="1: normal, 6: custodial.")]
    password: Annotated[
        str | None,
        Meta(
            description="8 to 30 characters with a digit, a capital and a small letter. It is "
            "checked and forgotten: there is no login."
        ),
    ] = None
    switch: Annotated[
        Annotated[int, Meta(ge=0, le=1)] | None,
        Meta(description="1: quick login; without effect here."),
    ] = None
    note: Annotated[str | None, Meta(description="A remark, at most 256 characters.")] = None


class NewSubMember(msgspec.Struct, frozen=True):
    """The sub-account that was made."""

    uid: Annotated[str, Meta(description="Its UID.")]
    username: Annotated[str, Meta(description="Its name.")]
    memberType: Annotated[MemberType, Meta(description="1: normal, 6: custodial.")]
    status: Annotated[int, Meta(description="1: normal.")]
    remark: Annotated[str, Meta(description="The note.")]


def answer(state: State, caller: Caller, command: CreateSubMember) -> NewSubMember:
    """The new sub-account."""
    account = state.accounts[state.usernames[command.username]]
    return NewSubMember(
        uid=str(account.uid),
        username=account.username,
        memberType=account.member_type,
        status=status_of(account),
        remark=account.remark,
    )


@command(
    "POST /v5/user/create-sub-member",
    result=NewSubMember,
    answer=answer,
    ret_msg="",
    limit=Limit(1),
    permission=WALLET,
    masters_only=True,
    refusals=(PARAMS_ERROR, USERNAME_TAKEN),
    source="docs/v5/user/create-subuid",
)
def create_sub_member(caller: Caller, params: Params) -> CreateSubMember:
    """Open a sub-account: a unified one of kind 5, with no money and no key."""
    _check_password(params.password)
    return CreateSubMember(
        uid=caller.uid,
        username=params.username,
        member_type=MemberType(params.memberType),
        remark=params.note or "",
    )


def _check_password(password: str | None) -> None:
    """Refuse a weak one; it goes no further than here, and no explanation shows it."""
    if password is None:
        return
    kinds = (str.isdigit, str.islower, str.isupper)
    strong = all(any(kind(character) for character in password) for kind in kinds)
    if not (strong and PASSWORD_MIN <= len(password) <= PASSWORD_MAX):
        expected = (
            f"{PASSWORD_MIN} to {PASSWORD_MAX} characters, with a digit, a capital and a small "
            "letter"
        )
        raise unfit("password", expected, f"{len(password)} characters that are not so")
