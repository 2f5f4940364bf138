"""What must hold whatever happens; asserted in production, not only in tests."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from utabox.engine.rules import MONEY, Event
from utabox.engine.state import Account, State

SECOND = 1000


class Broken(AssertionError):
    """An invariant does not hold: a bug of ours, and no reason to go on."""


def require(holds: bool, otherwise: str) -> None:
    """An assertion that `python -O` keeps.

    Raises:
        Broken: with `otherwise`, when it does not hold.
    """
    if not holds:
        raise Broken(otherwise)


def whole_second(now: int) -> int:
    """`now` (ms) cut to the second: the live service stores `updatedTime` so (2.4)."""
    return now - now % SECOND


def touch(account: Account, updated_time: int) -> None:
    """Move `updatedTime` (ms), which never goes back."""
    require(updated_time >= account.updated_time, f"updatedTime of {account.uid} would go back")
    account.updated_time = updated_time


def check_entry(state: State, events: Sequence[Event]) -> None:
    """After an entry: no account that it touched is ahead of the venue's time.

    Raises:
        Broken: the rules have a bug; the process must stop, the journal is sound.
    """
    for event in events:
        account = state.accounts.get(getattr(event, "uid", 0))
        if account is not None:
            require(account.updated_time <= state.now, f"updatedTime of {account.uid} is ahead")


def audit(state: State) -> list[str]:
    """Every invariant over the whole state, slowly: what is wrong, a sentence each."""
    wrong: list[str] = []
    totals: dict[str, Decimal] = dict(state.house)
    with localcontext(MONEY):
        for account in state.accounts.values():
            for name, coin in (account.coins or {}).items():
                totals[name] = totals.get(name, Decimal(0)) + coin.wallet_balance
                if coin.wallet_balance < 0:
                    wrong.append(f"account {account.uid} holds {coin.wallet_balance} {name}")
            if account.updated_time > state.now:
                wrong.append(f"account {account.uid} was updated after the venue's last entry")
    wrong += [f"{name} is off balance by {total}" for name, total in totals.items() if total]
    wrong += [
        f"key {key.api_key} belongs to {key.uid}, who does not exist"
        for key in state.keys.values()
        if key.uid not in state.accounts
    ]
    return wrong
