"""What the coins of any wallet are worth."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from utabox.engine.ledger import WALLETS, balances_of
from utabox.engine.margin.valuation import ZERO, holdings_of
from utabox.engine.rules import exact
from utabox.engine.state import Account, State
from utabox.terms import AccountType


class Asset(NamedTuple):
    """One coin of a wallet."""

    coin: str
    equity: Decimal  # in the coin; negative: owed
    usd: Decimal  # the same at the index


def wallets_of(account: Account) -> list[AccountType]:
    """The account's wallets, the funding wallet first."""
    *others, fund = WALLETS[account.kind]
    return [fund, *others]


@exact
def assets_of(state: State, account: Account, wallet: AccountType) -> list[Asset]:
    """The coins of one wallet that are not zero, the most valuable first.

    In the wallet that an account trades from, a coin is worth its equity: without what was
    borrowed, with what positions have gained.
    """
    if wallet is account.trading_wallet:
        held = {holding.coin: holding.equity for holding in holdings_of(state, account)}
    else:
        held = balances_of(account, wallet)
    prices = state.index_prices
    found = [Asset(coin, qty, qty * prices[coin]) for coin, qty in held.items() if qty]
    return sorted(found, key=lambda asset: (-asset.usd, asset.coin))


@exact
def usd_of(assets: list[Asset]) -> Decimal:
    """What they are worth together."""
    return sum((asset.usd for asset in assets), ZERO)
