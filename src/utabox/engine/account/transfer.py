"""Money between the wallets of one account, and between the accounts of a family (7.8)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import msgspec

from utabox.engine.account.lookup import account_of, refuse_while_upgrading
from utabox.engine.amounts import has_decimals, told
from utabox.engine.history import Book, Facet, Row, tells
from utabox.engine.ledger import WALLETS, ZERO, balance_of, booked
from utabox.engine.margin.valuation import holding_of, holdings_of, transferable, value
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import (
    AMOUNT_ACCURACY_ERROR,
    AMOUNT_ERROR,
    BALANCE_INSUFFICIENT,
    COIN_NOT_TRANSFERABLE,
    MEMBER_INVALID,
    MEMBER_UNRELATED,
    SUB_TRANSFER_DENIED,
    TRANSFER_ID_EXISTS,
    TRANSFER_IN_UNSUPPORTED,
    TRANSFER_OUT_UNSUPPORTED,
    WALLET_NOT_EXIST,
    WALLETS_EQUAL,
)
from utabox.terms import AccountType, HouseAccount, LogType, MarginMode, TransferStatus
from utabox.why import Why

AMOUNT_MAX = Decimal(10) ** 15
DECIMALS_MAX = 8
"""Of an amount: as many as balances are shown with, so that what is shown can be moved."""


class TransferBetweenWallets(Command, frozen=True, tag="transfer-between-wallets"):
    """Move `amount` of `coin` from one wallet of an account to another."""

    uid: int
    transfer_id: str  # a UUID, as its maker wrote it
    coin: str
    amount: Decimal
    from_wallet: AccountType
    to_wallet: AccountType


class TransferBetweenAccounts(Command, frozen=True, tag="transfer-between-accounts"):
    """Move `amount` of `coin` from a wallet of one account to a wallet of another."""

    uid: int  # who asks: the master of both, or a sub-account that gives to its own
    transfer_id: str  # a UUID, as its maker wrote it
    coin: str
    amount: Decimal
    from_uid: int
    to_uid: int
    from_wallet: AccountType
    to_wallet: AccountType


class Transferred(Event, frozen=True, tag="transferred"):
    """The money has arrived; its two movements stand before this."""

    uid: int  # who asked
    transfer_id: str
    coin: str
    amount: Decimal
    from_uid: int
    from_wallet: AccountType
    to_uid: int
    to_wallet: AccountType
    master: int = 0  # of the family; 0: it is within one account


class TransferRow(msgspec.Struct, frozen=True, array_like=True):
    """One transfer, as it is kept."""

    transfer_id: str
    coin: str
    amount: Decimal
    from_uid: int
    from_wallet: AccountType
    to_uid: int
    to_wallet: AccountType
    status: TransferStatus


@decides(TransferBetweenWallets)
def decide(state: State, command: TransferBetweenWallets, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    _check_id(state, command.transfer_id)
    refuse_while_upgrading(account, now)
    for wallet in (command.from_wallet, command.to_wallet):
        check_wallet(account, wallet)
    check_wallets_differ(command.from_wallet, command.to_wallet)
    transferred = Transferred(
        uid=command.uid,
        transfer_id=command.transfer_id,
        coin=command.coin,
        amount=command.amount,
        from_uid=command.uid,
        from_wallet=command.from_wallet,
        to_uid=command.uid,
        to_wallet=command.to_wallet,
    )
    return _moved(state, transferred)


@decides(TransferBetweenAccounts)
def decide_between_accounts(
    state: State, command: TransferBetweenAccounts, now: int
) -> list[Event]:
    asking = account_of(state, command.uid)
    master = asking.parent_uid or asking.uid
    if not asking.is_master and (command.from_uid, command.to_uid) != (asking.uid, master):
        raise Rejected(SUB_TRANSFER_DENIED, why=_direction_why(asking, command))
    _check_id(state, command.transfer_id)
    giver = member_of(state, asking, command.from_uid)
    taker = member_of(state, asking, command.to_uid)
    if giver is taker:
        raise Rejected(MEMBER_INVALID, why=_same_member_why(giver))
    _check_frozen(giver, taker)
    for account in (giver, taker):
        refuse_while_upgrading(account, now)
    check_wallet(giver, command.from_wallet)
    check_wallet(taker, command.to_wallet)
    transferred = Transferred(
        uid=command.uid,
        transfer_id=command.transfer_id,
        coin=command.coin,
        amount=command.amount,
        from_uid=giver.uid,
        from_wallet=command.from_wallet,
        to_uid=taker.uid,
        to_wallet=command.to_wallet,
        master=master,
    )
    return _moved(state, transferred)


@applies(Transferred)
def apply(state: State, event: Transferred) -> None:
    state.transfer_ids[_id_bytes(event.transfer_id)] = event.uid


@tells(Transferred)
def rows(event: Transferred) -> Iterator[Row]:
    status = TransferStatus.SUCCESS
    row = TransferRow(
        event.transfer_id,
        event.coin,
        event.amount,
        event.from_uid,
        event.from_wallet,
        event.to_uid,
        event.to_wallet,
        status,
    )
    book = Book.UNIVERSAL_TRANSFERS if event.master else Book.INTER_TRANSFERS
    family = (event.master, event.from_uid, event.to_uid) if event.master else (event.uid,)
    for uid in dict.fromkeys(family):
        yield Row(book, uid, row, Facet(event.coin, status.value), key_of(event.transfer_id))


def key_of(transfer_id: str) -> str:
    """By what a transfer is found: a UUID is the same in capitals."""
    return transfer_id.lower()


def leaving(state: State, account: Account, wallet: AccountType, coin: str) -> Decimal:
    """How much of a coin may leave a wallet now, never negative (account-semantics 6.8).

    A classic account's derivatives wallet counts each coin by itself, as isolated margin does.
    """
    if wallet is not account.trading_wallet:
        return balance_of(account, wallet, coin)
    mode = account.margin_mode if account.unified else MarginMode.ISOLATED_MARGIN
    whole = value(holdings_of(state, account), mode)
    return transferable(holding_of(state, account, coin), mode, whole.free_margin)


def member_of(state: State, asking: Account, uid: int) -> Account:
    """The account `uid` of the family that `asking` belongs to.

    Raises:
        Rejected: MEMBER_INVALID (131202), when there is no such account, or MEMBER_UNRELATED
            (131209), when it is of another family.
    """
    account = state.accounts.get(uid)
    if account is None or account.deleted:
        raise Rejected(MEMBER_INVALID, why=_member_why(asking, uid))
    master = asking.parent_uid or asking.uid
    if master not in (account.uid, account.parent_uid):
        raise Rejected(MEMBER_UNRELATED, why=_member_why(asking, uid))
    return account


def check_wallet(account: Account, wallet: AccountType) -> None:
    """Refuse a wallet that accounts of this kind do not have.

    Raises:
        Rejected: WALLET_NOT_EXIST (131207).
    """
    known = WALLETS[account.kind]
    if wallet not in known:
        raise Rejected(
            WALLET_NOT_EXIST,
            why=Why(
                rule="Which wallets an account has follows from its kind.",
                expected=" or ".join(known),
                seen=f"{wallet} of {account.uid}, which is of kind {account.kind.value}",
                hint="GET /v5/user/get-member-type lists an account's wallets.",
            ),
        )


def check_wallets_differ(from_wallet: AccountType, to_wallet: AccountType) -> None:
    """Refuse a transfer from a wallet to itself.

    Raises:
        Rejected: WALLETS_EQUAL (131211).
    """
    if from_wallet is to_wallet:
        raise Rejected(
            WALLETS_EQUAL,
            why=Why(
                rule="A transfer within an account goes from one wallet to another.",
                expected="a toAccountType other than fromAccountType",
                seen=f"{from_wallet} for both",
                hint="Choose another; to another UID: POST /v5/asset/transfer/universal-transfer.",
            ),
        )


def _moved(state: State, transferred: Transferred) -> list[Event]:
    """The two movements of a transfer, if the money is there, and the transfer itself."""
    coin, amount = transferred.coin, transferred.amount
    giver, taker = state.accounts[transferred.from_uid], state.accounts[transferred.to_uid]
    if coin not in state.index_prices:
        raise Rejected(COIN_NOT_TRANSFERABLE, why=_coin_why(state, coin))
    if not has_decimals(amount, DECIMALS_MAX):
        raise Rejected(AMOUNT_ACCURACY_ERROR, why=_accuracy_why(transferred))
    if not ZERO < amount <= AMOUNT_MAX:
        raise Rejected(AMOUNT_ERROR, why=_amount_why(transferred))
    most = leaving(state, giver, transferred.from_wallet, coin)
    if amount > most:
        raise Rejected(BALANCE_INSUFFICIENT, why=_balance_why(giver, transferred, most))
    through, reference = HouseAccount.TRANSFERS, transferred.transfer_id
    return [
        booked(
            giver, transferred.from_wallet, coin, -amount, LogType.TRANSFER_OUT, through,
            reference=reference,
        ),
        booked(
            taker, transferred.to_wallet, coin, amount, LogType.TRANSFER_IN, through,
            reference=reference,
        ),
        transferred,
    ]  # fmt: skip


def _id_bytes(transfer_id: str) -> bytes:
    return bytes.fromhex(transfer_id.replace("-", ""))


def _check_id(state: State, transfer_id: str) -> None:
    if _id_bytes(transfer_id) in state.transfer_ids:
        raise Rejected(
            TRANSFER_ID_EXISTS,
            why=Why(
                rule="A transferId is used once, by whomever: it keeps a transfer from happening "
                "twice.",
                expected="a new UUID",
                seen=f"{transfer_id}, which a transfer has that was made",
                hint="It was made: the transfer lists show it. For another, make a new UUID.",
            ),
        )


def _check_frozen(giver: Account, taker: Account) -> None:
    for account, ret in ((giver, TRANSFER_OUT_UNSUPPORTED), (taker, TRANSFER_IN_UNSUPPORTED)):
        if account.frozen:
            raise Rejected(
                ret,
                why=Why(
                    rule="A frozen account neither gives nor takes.",
                    expected="two accounts that are not frozen",
                    seen=f"{account.uid}, which is frozen",
                    hint='Thaw it: POST /v5/user/frozen-sub-member with "frozen": 0.',
                ),
            )


def _direction_why(asking: Account, command: TransferBetweenAccounts) -> Why:
    return Why(
        rule="A sub-account's key transfers its own money, and only to its master.",
        expected=f"from {asking.uid} to {asking.parent_uid}",
        seen=f"from {command.from_uid} to {command.to_uid}",
        hint=f"Call with a key of {asking.parent_uid} that holds Wallet:SubMemberTransfer.",
    )


def _member_why(asking: Account, uid: int) -> Why:
    master = asking.parent_uid or asking.uid
    return Why(
        rule="Accounts of one family are named by their UIDs: a master and its sub-accounts.",
        expected=f"{master}, or a sub-account of it that is not deleted",
        seen=str(uid)[:40],
        hint="GET /v5/asset/transfer/query-sub-member-list lists a master's sub-accounts.",
    )


def _same_member_why(account: Account) -> Why:
    return Why(
        rule="A universal transfer goes from one UID to another.",
        expected="a toMemberId other than fromMemberId",
        seen=f"{account.uid} for both",
        hint="Between wallets of one account: POST /v5/asset/transfer/inter-transfer.",
    )


def _coin_why(state: State, coin: str) -> Why:
    known = coin.strip().upper()
    return Why(
        rule="A coin is transferred that the venue knows.",
        expected="a coin in capitals that has a USD index price",
        seen=repr(coin[:40]),
        hint=f"Write {known}." if known in state.index_prices
        else "GET /v5/asset/transfer/query-transfer-coin-list lists them.",
    )  # fmt: skip


def _accuracy_why(transferred: Transferred) -> Why:
    return Why(
        rule="An amount has no more decimals than balances are shown with.",
        expected=f"at most {DECIMALS_MAX} decimals",
        seen=f"{transferred.amount:f}",
        hint="Round it down.",
    )


def _amount_why(transferred: Transferred) -> Why:
    return Why(
        rule="What is transferred is something, and not beyond all bounds.",
        expected=f"more than 0, at most {AMOUNT_MAX:f}",
        seen=f"{transferred.amount:f}",
        hint="Give such an amount; for the other direction exchange the two sides.",
    )


def _balance_why(giver: Account, transferred: Transferred, most: Decimal) -> Why:
    coin, wallet = transferred.coin, transferred.from_wallet
    held = balance_of(giver, wallet, coin)
    return Why(
        rule="What leaves a wallet is there, and neither margin, nor locked, nor bonus.",
        expected=f"at most {told(most)} {coin}",
        seen=f"{told(transferred.amount)} {coin} from {wallet} of {giver.uid}, which holds "
        f"{told(held)}",
        hint="Transfer less: transferBalance of query-account-coin-balance, rounded down.",
    )
