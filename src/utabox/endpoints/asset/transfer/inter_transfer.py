"""POST /v5/asset/transfer/inter-transfer"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import MINUTE, Caller, Limit, command
from utabox.engine.account.transfer import TransferBetweenWallets
from utabox.engine.state import State
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
    PARAMS_ERROR,
    TRANSFER_ID_EXISTS,
    TRANSFER_PARAMS_ERROR,
    UPGRADING,
    WALLET_NOT_EXIST,
    WALLETS_EQUAL,
)
from utabox.terms import AccountType, TransferStatus


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """What, from where, to where."""

    transferId: TransferId = ""
    coin: TransferCoin = ""
    amount: Amount = ""
    fromAccountType: Annotated[
        AccountType, Meta(description="UNIFIED or FUND; of older kinds also CONTRACT or SPOT.")
    ]
    toAccountType: Annotated[AccountType, Meta(description="Another of them.")]


def answer(state: State, caller: Caller, command: TransferBetweenWallets) -> NewTransfer:
    """Its id, and that it was made."""
    return NewTransfer(command.transfer_id, TransferStatus.SUCCESS)


@command(
    "POST /v5/asset/transfer/inter-transfer",
    result=NewTransfer,
    answer=answer,
    ret_msg="success",
    limit=Limit(60, MINUTE),
    permission=("Wallet:AccountTransfer",),
    refusals=(
        PARAMS_ERROR,
        TRANSFER_PARAMS_ERROR,
        TRANSFER_ID_EXISTS,
        UPGRADING,
        WALLET_NOT_EXIST,
        WALLETS_EQUAL,
        COIN_NOT_TRANSFERABLE,
        AMOUNT_ACCURACY_ERROR,
        AMOUNT_ERROR,
        BALANCE_INSUFFICIENT,
    ),
    source="docs/v5/asset/transfer/create-inter-transfer",
)
def inter_transfer(caller: Caller, params: Params) -> TransferBetweenWallets:
    """Move a coin from one wallet of the calling account to another, all of it or nothing."""
    refused = TRANSFER_PARAMS_ERROR
    return TransferBetweenWallets(
        uid=caller.uid,
        transfer_id=params.transferId,
        coin=params.coin,
        amount=checked(params.transferId, params.coin, params.amount, refused),
        from_wallet=params.fromAccountType,
        to_wallet=params.toAccountType,
    )
