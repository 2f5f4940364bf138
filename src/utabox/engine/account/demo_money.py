"""The money that a demo account may ask for, and give back (account-semantics 11)."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from utabox.engine.account.lookup import unified_account_of
from utabox.engine.account.transfer import leaving
from utabox.engine.amounts import has_decimals, told
from utabox.engine.ledger import booked
from utabox.engine.rules import Command, Event, Rejected, decides
from utabox.engine.state import Account, State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import HouseAccount, LogType
from utabox.why import Why

AMOUNT_MAX = {
    "BTC": Decimal(15),
    "ETH": Decimal(200),
    "USDT": Decimal(100_000),
    "USDC": Decimal(100_000),
}
"""In one request. Source: docs/v5/demo."""
DECIMALS_MAX = 8


class ApplyDemoMoney(Command, frozen=True, tag="apply-demo-money"):
    """Add these amounts to the unified wallet, or take them out."""

    uid: int
    amounts: dict[str, Decimal]  # by coin, positive
    reduce: bool = False


@decides(ApplyDemoMoney)
def decide(state: State, command: ApplyDemoMoney, now: int) -> list[Event]:
    _check(state, command.amounts)
    account = unified_account_of(state, command.uid)
    if command.reduce:
        _check_balances(state, account, command.amounts)
    return [
        booked(
            account,
            account.trading_wallet,
            coin,
            -amount if command.reduce else amount,
            LogType.AIRDROP,
            HouseAccount.DEPOSITS,
        )
        for coin, amount in command.amounts.items()
    ]


def _check(state: State, amounts: Mapping[str, Decimal]) -> None:
    if not amounts:
        raise _refused("utaDemoApplyMoney", "at least one coin with an amount", "none")
    for coin, amount in amounts.items():
        most = AMOUNT_MAX.get(coin)
        if most is None or coin not in state.index_prices:
            raise _refused("coin", " or ".join(AMOUNT_MAX), repr(coin)[:80])
        if not (has_decimals(amount, DECIMALS_MAX) and 0 < amount <= most):
            expected = (
                f"more than 0 and at most {most:f} {coin}, with at most {DECIMALS_MAX} decimals"
            )
            raise _refused("amountStr", expected, str(amount)[:80])


def _check_balances(state: State, account: Account, amounts: Mapping[str, Decimal]) -> None:
    """Refuse what may not leave when all the coins before it have left."""
    coins = dict(account.coins or {})
    left = msgspec.structs.replace(account, coins=coins)
    for coin, amount in amounts.items():
        most = leaving(state, left, account.trading_wallet, coin)
        if amount > most:
            raise _refused(
                "amountStr", f"at most {told(most)} {coin}, what may leave", told(amount)
            )
        held = coins[coin]
        coins[coin] = msgspec.structs.replace(held, wallet_balance=held.wallet_balance - amount)


def _refused(field: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="Demo money comes in four coins, and up to so much of each in one request.",
            expected=expected,
            seen=seen,
            hint=f"Give {expected}.",
        ),
        problem=f"{field} invalid",
    )
