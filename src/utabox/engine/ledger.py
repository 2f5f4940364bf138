"""Balances move between an account and the house, and never appear from nowhere."""

from decimal import Decimal

from utabox.engine.invariants import require
from utabox.engine.state import Account, Coin, State

ZERO = Decimal(0)


def move(state: State, account: Account, coin: str, amount: Decimal) -> None:
    """Give `amount` of `coin` (may be negative: take it) to `account`, at the house's cost.

    Raises:
        Broken: an invariant broke: the sum changed, or the balance went negative.
    """
    if account.coins is None:
        account.coins = {}
    held = account.coins.get(coin)
    before, house_before = held.wallet_balance if held else ZERO, state.house.get(coin, ZERO)
    after, house_after = before + amount, house_before - amount
    require(after + house_after == before + house_before, f"{coin} was not conserved")
    require(after >= ZERO, f"{coin} of {account.uid} would be {after}")
    if held is None:
        account.coins[coin] = Coin(after)
    else:
        held.wallet_balance = after
    state.house[coin] = house_after
