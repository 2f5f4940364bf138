"""The value of a wallet in USD."""

from decimal import Decimal, localcontext

from utabox.engine.rules import MONEY
from utabox.engine.state import Account, State


def total_equity(state: State, account: Account) -> Decimal:
    """`totalEquity`: every coin's equity at its USD index, without collateral ratios, in USD.

    Source:
        account-semantics 6.4. Until there are positions and loans, a coin's equity is its
        wallet balance. Every held coin has a price: a credit without one is refused.
    """
    with localcontext(MONEY):
        return sum(
            (
                coin.wallet_balance * state.index_prices[name]
                for name, coin in (account.coins or {}).items()
            ),
            Decimal(0),
        )
