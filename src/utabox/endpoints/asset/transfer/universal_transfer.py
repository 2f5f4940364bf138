"""POST /v5/asset/transfer/universal-transfer"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import Caller, Limit, command
from utabox.engine.account.transfer import TransferBetweenAccounts
from utabox.engine.rules import Rejected
from utabox.engine.state import State
from utabox.permissions import any_of
from utabox.records.api_key import check_permission
from utabox.records.transfer import (
    Amount,
    NewTransfer,
    TransferCoin,
    TransferId,
    checked,
)
from utabox.retcodes import (
    AMOUNT_ACCURACY_ERROR,
    AMOUNT_ERROR,
    BALANCE_INSUFFICIENT,
    COIN_NOT_TRANSFERABLE,
    MEMBER_INVALID,
    MEMBER_UNRELATED,
    PARAMS_ERROR,
    PERMISSION_DENIED,
    SUB_TRANSFER_DENIED,
    TRANSFER_ID_EXISTS,
    TRANSFER_IN_UNSUPPORTED,
    TRANSFER_OUT_UNSUPPORTED,
    UNIVERSAL_PARAMS_ERROR,
    UPGRADING,
    WALLET_NOT_EXIST,
)
from utabox.terms import AccountType, TransferStatus
from utabox.why import Why

BY_MASTER, BY_SUB = "Wallet:SubMemberTransfer", "Wallet:SubMemberTransferList"


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """What, from whom, to whom."""

    transferId: TransferId = ""
    coin: TransferCoin = ""
    amount: Amount = ""
    fromMemberId: Annotated[int, Meta(description="The UID that gives.")]
    toMemberId: Annotated[int, Meta(description="Another UID of the family.")]
    fromAccountType: Annotated[
        AccountType,
        Meta(description="Its wallet: UNIFIED or FUND; of older kinds also CONTRACT or SPOT."),
    ]
    toAccountType: Annotated[AccountType, Meta(description="The wallet of the one that takes.")]


def answer(state: State, caller: Caller, command: TransferBetweenAccounts) -> NewTransfer:
    """Its id, and that it was made."""
    return NewTransfer(command.transfer_id, TransferStatus.SUCCESS)


@command(
    "POST /v5/asset/transfer/universal-transfer",
    result=NewTransfer,
    answer=answer,
    ret_msg="success",
    limit=Limit(5),
    refusals=(
        PARAMS_ERROR,
        UNIVERSAL_PARAMS_ERROR,
        PERMISSION_DENIED,
        SUB_TRANSFER_DENIED,
        TRANSFER_ID_EXISTS,
        MEMBER_INVALID,
        MEMBER_UNRELATED,
        TRANSFER_OUT_UNSUPPORTED,
        TRANSFER_IN_UNSUPPORTED,
        UPGRADING,
        WALLET_NOT_EXIST,
        COIN_NOT_TRANSFERABLE,
        AMOUNT_ACCURACY_ERROR,
        AMOUNT_ERROR,
        BALANCE_INSUFFICIENT,
    ),
    source="docs/v5/asset/transfer/unitransfer",
)
def universal_transfer(caller: Caller, params: Params) -> TransferBetweenAccounts:
    """Move a coin between accounts of a family; a sub-account's key only to its master."""
    amount = checked(params.transferId, params.coin, params.amount, UNIVERSAL_PARAMS_ERROR)
    if caller.account.is_master:
        check_permission(caller.key, BY_MASTER)
    elif not caller.key.permissions & any_of(BY_SUB):
        raise Rejected(SUB_TRANSFER_DENIED, why=_permission_why(caller))
    return TransferBetweenAccounts(
        uid=caller.uid,
        transfer_id=params.transferId,
        coin=params.coin,
        amount=amount,
        from_uid=params.fromMemberId,
        to_uid=params.toMemberId,
        from_wallet=params.fromAccountType,
        to_wallet=params.toAccountType,
    )


def _permission_why(caller: Caller) -> Why:
    return Why(
        rule="A sub-account's key needs a permission of its own to give to its master.",
        expected=f"a key that holds {BY_SUB}",
        seen=f"key {caller.key.api_key} of {caller.uid}, which does not",
        hint="Its master grants it: POST /v5/user/update-sub-api, or /v5/user/create-sub-api.",
    )
