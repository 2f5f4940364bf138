"""Balances move between an account and the house, and never appear from nowhere.

Every movement is a `Booked`, and a line of its wallet's log: so the sum of an account's log is its
balance. What moves between two wallets goes through the house, too, which then holds none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from utabox.engine.history import Book, Facet, Row, tells
from utabox.engine.invariants import require
from utabox.engine.rules import Event, applies
from utabox.engine.state import Account, Coin, State
from utabox.terms import AccountKind, AccountType, HouseAccount, LogType

ZERO = Decimal(0)
WALLETS = {
    AccountKind.CLASSIC: (AccountType.CONTRACT, AccountType.SPOT, AccountType.FUND),
    AccountKind.UTA1: (AccountType.UNIFIED, AccountType.CONTRACT, AccountType.FUND),
    AccountKind.UTA1_PRO: (AccountType.UNIFIED, AccountType.CONTRACT, AccountType.FUND),
    AccountKind.UTA2: (AccountType.UNIFIED, AccountType.FUND),
    AccountKind.UTA2_PRO: (AccountType.UNIFIED, AccountType.FUND),
}
"""Which wallets an account of each kind has, the one that it trades from first (1.1)."""

BOOKS = {
    AccountType.UNIFIED: Book.UNIFIED,
    AccountType.FUND: Book.FUND,
    AccountType.CONTRACT: Book.CONTRACT,
    AccountType.SPOT: Book.SPOT,
}


class Booked(Event, frozen=True, tag="booked", omit_defaults=True):
    """A balance moved. All amounts are in the coin; `change` is after the fee."""

    uid: int
    wallet: AccountType
    coin: str
    change: Decimal
    balance: Decimal  # of the wallet, after it
    log: LogType
    against: HouseAccount
    fee: Decimal = ZERO  # positive: paid
    borrowed: Decimal = ZERO  # how much spotBorrow moved
    bonus: Decimal = ZERO  # how much of the change is bonus
    reference: str = ""  # what it belongs to, such as a transfer's id


class LogRow(msgspec.Struct, frozen=True, array_like=True):
    """One line of a wallet's log, as it is kept. change = cash flow - fee."""

    coin: str
    log: LogType
    change: Decimal
    balance: Decimal
    fee: Decimal
    bonus: Decimal
    reference: str


@applies(Booked)
def apply(state: State, event: Booked) -> None:
    account = state.accounts[event.uid]
    lends = event.against is HouseAccount.LOANS
    require(event.borrowed == (event.change if lends else ZERO), f"a loan of {event.uid} is off")
    house = house_account(state, event.against)
    house[event.coin] = house.get(event.coin, ZERO) - event.change - event.fee
    if event.fee:
        fees = house_account(state, HouseAccount.FEES)
        fees[event.coin] = fees.get(event.coin, ZERO) + event.fee
    before = balance_of(account, event.wallet, event.coin)
    after = before + event.change
    require(after == event.balance, "{} of {} would be {}", event.coin, event.uid, after)
    owes = event.log is LogType.INTEREST or after >= before
    require(after >= ZERO or owes, "{} of {} would be {}", event.coin, event.uid, after)
    if event.wallet is account.trading_wallet:
        _trade(state, account, event, after)
    else:
        _put(account, event.wallet, event.coin, after)


@tells(Booked)
def rows(event: Booked) -> Iterator[Row]:
    line = LogRow(
        event.coin, event.log, event.change, event.balance, event.fee, event.bonus, event.reference
    )
    yield Row(BOOKS[event.wallet], event.uid, line, Facet(event.coin, event.log.value))


def booked(
    account: Account,
    wallet: AccountType,
    coin: str,
    change: Decimal,
    log: LogType,
    against: HouseAccount,
    *,
    before: Decimal | None = None,
    fee: Decimal = ZERO,
    borrowed: Decimal = ZERO,
    bonus: Decimal = ZERO,
    reference: str = "",
) -> Booked:
    """The event of one movement, from the account as it is.

    Args:
        before: The balance before it, when an earlier event of the same command moves it, too.
    """
    held = balance_of(account, wallet, coin) if before is None else before
    return Booked(
        uid=account.uid,
        wallet=wallet,
        coin=coin,
        change=change,
        balance=held + change,
        log=log,
        against=against,
        fee=fee,
        borrowed=borrowed,
        bonus=bonus,
        reference=reference,
    )


def balance_of(account: Account, wallet: AccountType, coin: str) -> Decimal:
    """The balance of `coin` in one wallet; of a wallet that the account has not, zero."""
    if wallet is account.trading_wallet:
        held = (account.coins or {}).get(coin)
        return held.wallet_balance if held else ZERO
    return (account.wallets or {}).get(wallet, {}).get(coin, ZERO)


def balances_of(account: Account, wallet: AccountType) -> dict[str, Decimal]:
    """Every coin that one wallet ever held, with its balance."""
    if wallet is account.trading_wallet:
        return {name: coin.wallet_balance for name, coin in (account.coins or {}).items()}
    return (account.wallets or {}).get(wallet, {})


def house_account(state: State, name: HouseAccount) -> dict[str, Decimal]:
    """What the house holds under this name, by coin."""
    if name is HouseAccount.DEPOSITS:
        return state.house
    return state.house_accounts.setdefault(name, {})


def rebooked(account: Account, kind: AccountKind) -> tuple[list[Booked], list[Booked]]:
    """What moves when an account gets another kind: all that is in a wallet that it loses.

    Returns:
        The movements before the kind is set, and those after it, into the wallet that the account
        trades from then.
    """
    trading, out, into = WALLETS[kind][0], list[Booked](), list[Booked]()
    stays = trading is account.trading_wallet
    arrived = dict(balances_of(account, trading))
    through = HouseAccount.TRANSFERS
    for wallet in WALLETS[account.kind]:
        if wallet in WALLETS[kind] and (wallet is not account.trading_wallet or stays):
            continue
        for coin, held in balances_of(account, wallet).items():
            bonus = bonus_of(account, coin) if wallet is account.trading_wallet else ZERO
            if not held:
                continue
            out.append(
                booked(account, wallet, coin, -held, LogType.TRANSFER_OUT, through, bonus=-bonus)
            )
            before = arrived.get(coin, ZERO)
            arrived[coin] = before + held
            into.append(
                booked(
                    account, trading, coin, held, LogType.TRANSFER_IN, through,
                    before=before, bonus=bonus,
                )
            )  # fmt: skip
    return out, into


def become(account: Account, kind: AccountKind) -> None:
    """Set the kind: `coins` are those of the wallet that it trades from then, which keeps them."""
    account.kind = kind
    for coin, held in (account.wallets or {}).pop(account.trading_wallet, {}).items():
        account.coins = account.coins or {}
        account.coins.setdefault(coin, Coin(ZERO)).wallet_balance += held


def bonus_of(account: Account, coin: str) -> Decimal:
    """The part of the trading wallet's balance that is bonus."""
    held = (account.coins or {}).get(coin)
    return held.bonus if held else ZERO


def _trade(state: State, account: Account, event: Booked, after: Decimal) -> None:
    if account.coins is None:
        account.coins = {}
    held = account.coins.get(event.coin)
    if held is None:
        held = account.coins[event.coin] = Coin(after)
    held.wallet_balance = after
    held.spot_borrow += event.borrowed
    held.bonus += event.bonus
    require(held.spot_borrow >= ZERO, "spotBorrow of {} would be {}", event.uid, held.spot_borrow)
    require(held.bonus >= ZERO, "the bonus of {} would be {}", event.uid, held.bonus)
    if any(coin.spot_borrow or coin.wallet_balance < 0 for coin in account.coins.values()):
        state.borrowers.setdefault(account.uid, True)
    else:
        state.borrowers.pop(account.uid, None)


def _put(account: Account, wallet: AccountType, coin: str, after: Decimal) -> None:
    """Keep the balance of a wallet beside the one that the account trades from."""
    if account.wallets is None:
        account.wallets = {}
    account.wallets.setdefault(wallet, {})[coin] = after
