"""What must hold whatever happens; asserted in production, not only in tests."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from utabox.engine.rules import MONEY, Event
from utabox.engine.state import Account, State
from utabox.terms import HouseAccount

SECOND = 1000
ZERO = Decimal(0)


class Broken(AssertionError):
    """An invariant does not hold: a bug of ours, and no reason to go on."""


def require(holds: bool, otherwise: str, *values: object) -> None:
    """An assertion that `python -O` keeps.

    Args:
        values: For the `{}` of `otherwise`, which is only written out when it is said.
    Raises:
        Broken: with `otherwise`, when it does not hold.
    """
    if not holds:
        raise Broken(otherwise.format(*values) if values else otherwise)


def whole_second(now: int) -> int:
    """`now` (ms) cut to the second: the live service stores `updatedTime` so (2.4)."""
    return now - now % SECOND


def touch(account: Account, updated_time: int) -> None:
    """Move `updatedTime` (ms), which never goes back."""
    require(updated_time >= account.updated_time, "updatedTime of {} would go back", account.uid)
    account.updated_time = updated_time


def check_entry(state: State, events: Sequence[Event]) -> None:
    """After an entry: no account that it touched is ahead of the venue's time, and what left one
    wallet has arrived in another.

    Raises:
        Broken: the rules have a bug; the process must stop, the journal is sound.
    """
    for event in events:
        account = state.accounts.get(getattr(event, "uid", 0))
        if account is not None:
            require(account.updated_time <= state.now, "updatedTime of {} is ahead", account.uid)
    underway = state.house_accounts.get(HouseAccount.TRANSFERS)
    if underway:
        require(not any(underway.values()), f"a transfer did not arrive: {underway}")


def audit(state: State) -> list[str]:
    """Every invariant over the whole state, slowly: what is wrong, a sentence each."""
    wrong: list[str] = []
    with localcontext(MONEY):
        totals = _house(state)
        lent = dict(state.house_accounts.get(HouseAccount.LOANS, {}))
        for account in state.accounts.values():
            owes = False
            for name, coin in (account.coins or {}).items():
                totals[name] = totals.get(name, ZERO) + coin.wallet_balance
                lent[name] = lent.get(name, ZERO) + coin.spot_borrow
                owes |= coin.wallet_balance < 0 or coin.spot_borrow > 0
                if coin.spot_borrow < 0 or coin.bonus < 0:
                    wrong.append(f"account {account.uid} has less than no loan or bonus of {name}")
            for wallet, coins in (account.wallets or {}).items():
                for name, held in coins.items():
                    totals[name] = totals.get(name, ZERO) + held
                    if held < 0:
                        wrong.append(f"account {account.uid} holds {held} {name} in {wallet}")
            if owes != (account.uid in state.borrowers):
                wrong.append(f"account {account.uid} is wrongly known as a borrower, or as none")
            if account.updated_time > state.now:
                wrong.append(f"account {account.uid} was updated after the venue's last entry")
    wrong += [
        f"{name} is lent and owed differently by {total}" for name, total in lent.items() if total
    ]
    wrong += [f"{name} is off balance by {total}" for name, total in totals.items() if total]
    wrong += [
        f"key {key.api_key} belongs to {key.uid}, who does not exist"
        for key in state.keys.values()
        if key.uid not in state.accounts
    ]
    return wrong


def _house(state: State) -> dict[str, Decimal]:
    """All that the house holds, by coin."""
    totals = dict(state.house)
    for coins in state.house_accounts.values():
        for name, held in coins.items():
            totals[name] = totals.get(name, ZERO) + held
    return totals
