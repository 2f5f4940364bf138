"""GET /v5/asset/withdraw/withdrawable-amount"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from utabox.endpoint import Caller, Limit, query
from utabox.engine.account.coins import coins_named
from utabox.engine.account.transfer import leaving
from utabox.engine.ledger import WALLETS
from utabox.engine.margin.valuation import money
from utabox.engine.state import State
from utabox.records.api_key import WALLET
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import AccountType


class Params(msgspec.Struct, frozen=True):
    """Which coin."""

    coin: Annotated[str, Meta(min_length=1, description="In capitals, such as BTC.")]


class Withdrawable(msgspec.Struct, frozen=True):
    """The coin in one wallet, in the coin."""

    coin: Annotated[str, Meta(description="The coin.")]
    withdrawableAmount: Annotated[str, Meta(description="What may be withdrawn.")]
    availableBalance: Annotated[str, Meta(description="What may leave the wallet.")]


class WithdrawableAmounts(msgspec.Struct, frozen=True):
    """The coin by wallet. A wallet that the account does not have is not sent."""

    SPOT: Annotated[Withdrawable | UnsetType, Meta(description="Of a classic account.")] = UNSET
    FUND: Annotated[Withdrawable | UnsetType, Meta(description="The funding wallet.")] = UNSET
    UTA: Annotated[Withdrawable | UnsetType, Meta(description="The unified wallet.")] = UNSET


class WithdrawableAmount(msgspec.Struct, frozen=True):
    """What an account may withdraw of a coin."""

    limitAmountUsd: Annotated[
        str, Meta(description="What risk control holds back, in USD; always 0.")
    ]
    withdrawableAmount: Annotated[WithdrawableAmounts, Meta(description="By wallet.")]


@query(
    "GET /v5/asset/withdraw/withdrawable-amount",
    result=WithdrawableAmount,
    ret_msg="success",
    limit=Limit(300),
    permission=WALLET,
    refusals=(PARAMS_ERROR,),
    source="docs/v5/asset/balance/delay-amount",
)
def withdrawable_amount(state: State, caller: Caller, params: Params) -> WithdrawableAmount:
    """How much of a coin may be withdrawn, wallet by wallet."""
    (coin,) = coins_named(state, "coin", params.coin, 1)

    def of(wallet: AccountType) -> Withdrawable | UnsetType:
        if wallet not in WALLETS[caller.account.kind]:
            return UNSET
        free = money(leaving(state, caller.account, wallet, coin))
        return Withdrawable(coin, free, free)

    spot, fund, unified = of(AccountType.SPOT), of(AccountType.FUND), of(AccountType.UNIFIED)
    # No deposit waits for confirmations: the sum of what is held back is that of none.
    return WithdrawableAmount("0", WithdrawableAmounts(spot, fund, unified))
