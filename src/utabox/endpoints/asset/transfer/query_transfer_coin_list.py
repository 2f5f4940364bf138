"""GET /v5/asset/transfer/query-transfer-coin-list"""

from typing import Annotated

import msgspec
from msgspec import Meta

from utabox.endpoint import MINUTE, Caller, Limit, query
from utabox.engine.account.transfer import check_wallets_differ
from utabox.engine.ledger import WALLETS
from utabox.engine.state import State
from utabox.retcodes import PARAMS_ERROR, WALLETS_EQUAL
from utabox.terms import AccountType


class Params(msgspec.Struct, frozen=True):
    """From where, to where."""

    fromAccountType: Annotated[AccountType, Meta(description="A wallet of the calling account.")]
    toAccountType: Annotated[AccountType, Meta(description="Another of them.")]


class TransferCoins(msgspec.Struct, frozen=True):
    """What can be moved from the one to the other."""

    list: Annotated[
        list[str],
        Meta(
            description="The coins that the venue knows, held or not; none between wallets that "
            "the account does not have both."
        ),
    ]


@query(
    "GET /v5/asset/transfer/query-transfer-coin-list",
    result=TransferCoins,
    ret_msg="success",
    limit=Limit(60, MINUTE),
    refusals=(PARAMS_ERROR, WALLETS_EQUAL),
    source="docs/v5/asset/transfer/transferable-coin",
)
def query_transfer_coin_list(state: State, caller: Caller, params: Params) -> TransferCoins:
    """Which coins can be moved between two wallets of the calling account."""
    check_wallets_differ(params.fromAccountType, params.toAccountType)
    wallets = WALLETS[caller.account.kind]
    if params.fromAccountType not in wallets or params.toAccountType not in wallets:
        return TransferCoins([])
    return TransferCoins(list(state.index_prices))
