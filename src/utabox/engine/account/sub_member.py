"""Sub-accounts as their master makes, freezes and deletes them (account-semantics 4.5)."""

from collections.abc import Iterator
from decimal import Decimal

from utabox.engine.account.api_key import NOTE_MAX, ApiKeyDeleted
from utabox.engine.account.demo_member import demo_of
from utabox.engine.account.lookup import account_of
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.opening import decide as decide_opening
from utabox.engine.account.profile import SetProfile
from utabox.engine.account.profile import decide as decide_profile
from utabox.engine.margin.valuation import total_equity
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import (
    PARAMS_ERROR,
    SUB_HAS_ASSETS,
    SUB_NOT_FOUND,
    SUB_NOT_NORMAL,
    USERNAME_TAKEN,
)
from utabox.terms import MemberType
from utabox.why import Why

USERNAME_MIN, USERNAME_MAX = 6, 16
ASSETS_USD_MAX = Decimal("0.001")


class CreateSubMember(Command, frozen=True, tag="create-sub-member"):
    """Open a sub-account of the master `uid`: always a unified one."""

    uid: int
    username: str
    member_type: MemberType
    remark: str = ""


class FreezeSubMember(Command, frozen=True, tag="freeze-sub-member"):
    """Freeze a sub-account of the master `uid`, or thaw it."""

    uid: int
    sub_uid: int
    frozen: bool


class DeleteSubMember(Command, frozen=True, tag="delete-sub-member"):
    """Delete a sub-account of the master `uid`, and its keys."""

    uid: int
    sub_uid: int


class EnableTransfers(Command, frozen=True, tag="enable-transfers"):
    """Let sub-accounts of the master `uid` take part in universal transfers: all do already."""

    uid: int
    sub_uids: tuple[int, ...]


class SubMemberNamed(Event, frozen=True, tag="sub-member-named"):
    """The new sub-account has a name, which nobody else gets any more."""

    uid: int
    username: str
    member_type: MemberType
    remark: str


class SubMemberDeleted(Event, frozen=True, tag="sub-member-deleted"):
    """Nobody reaches the account again; its UID and its name stay taken."""

    uid: int


@decides(CreateSubMember)
def decide(state: State, command: CreateSubMember, now: int) -> list[Event]:
    _check_username(command.username)
    if len(command.remark) > NOTE_MAX:
        seen = f"{len(command.remark)} characters"
        raise _refused("note", f"at most {NOTE_MAX} characters", seen)
    if command.username in state.usernames:
        raise Rejected(USERNAME_TAKEN, why=_username_taken(state, command.username))
    opening = CreateAccount(parent_uid=account_of(state, command.uid).uid)
    opened = decide_opening(state, opening, now)
    name = SubMemberNamed(state.next_uid, command.username, command.member_type, command.remark)
    return [*opened, name]


@applies(SubMemberNamed)
def apply_named(state: State, event: SubMemberNamed) -> None:
    account = state.accounts[event.uid]
    account.username = event.username
    account.member_type = event.member_type
    account.remark = event.remark
    state.usernames[event.username] = event.uid


@decides(FreezeSubMember)
def decide_freezing(state: State, command: FreezeSubMember, now: int) -> list[Event]:
    sub = sub_of(state, command.uid, command.sub_uid)
    return decide_profile(state, SetProfile(sub.uid, frozen=command.frozen), now)


@decides(DeleteSubMember)
def decide_deletion(state: State, command: DeleteSubMember, now: int) -> list[Event]:
    sub = normal_sub_of(state, command.uid, command.sub_uid)
    equity = total_equity(state, sub) + _beside_usd(state, sub)
    demo = demo_of(state, sub.uid)  # it goes, too: nobody could make keys for it any more
    owes = any(account is not None and account.uid in state.borrowers for account in (sub, demo))
    if equity > ASSETS_USD_MAX or owes:
        raise Rejected(
            SUB_HAS_ASSETS,
            why=Why(
                rule="A sub-account is deleted when it is empty.",
                expected=f"assets of at most {ASSETS_USD_MAX} USD, and no debt",
                seen=f"{equity:f} USD on {sub.uid}{', and a debt' if owes else ''}",
                hint="Repay what it or its demo account owes: POST /v5/account/repay."
                if owes
                else "Take them out: POST /v5/asset/transfer/universal-transfer, or `utabox "
                f"account fund {sub.uid} COIN -AMOUNT`.",
            ),
        )
    gone = [sub.uid] if demo is None else [sub.uid, demo.uid]
    keys = [key.api_key for key in state.keys.values() if key.uid in gone]
    return [
        *(ApiKeyDeleted(api_key) for api_key in keys),
        *(SubMemberDeleted(uid) for uid in gone),
    ]


@applies(SubMemberDeleted)
def apply_deleted(state: State, event: SubMemberDeleted) -> None:
    state.accounts[event.uid].deleted = True


@decides(EnableTransfers)
def decide_transfers(state: State, command: EnableTransfers, now: int) -> list[Event]:
    for sub_uid in command.sub_uids:
        sub_of(state, command.uid, sub_uid)
    return []


def subs_of(
    state: State, uid: int, before: int | None = None, *, funds: bool = False
) -> Iterator[tuple[int, Account]]:
    """The sub-accounts of a master, newest first, each with its number among them.

    Args:
        before: Only those with a smaller number. Numbers start at 1 and do not change.
        funds: The fund custodial ones, which have a list of their own, instead of all others.
    """
    uids = state.subs.get(uid, [])
    end = len(uids) if before is None else min(max(before - 1, 0), len(uids))
    for index in range(end - 1, -1, -1):
        account = state.accounts[uids[index]]
        fund = account.member_type is MemberType.FUND_CUSTODIAL
        if not account.deleted and fund is funds:
            yield index + 1, account


def sub_of(state: State, uid: int, sub_uid: int) -> Account:
    """The sub-account `sub_uid` of the master `uid`.

    Raises:
        Rejected: SUB_NOT_FOUND (141009), when it has none such.
    """
    account = state.accounts.get(sub_uid)
    if account is None or account.deleted or not uid or account.parent_uid != uid:
        raise Rejected(
            SUB_NOT_FOUND,
            why=Why(
                rule="A master names a sub-account of its own, which is not deleted.",
                expected=f"the UID of a sub-account of {uid}",
                seen=str(sub_uid)[:40],
                hint="GET /v5/user/query-sub-members lists them.",
            ),
        )
    return account


def normal_sub_of(state: State, uid: int, sub_uid: int) -> Account:
    """The same, neither frozen nor being upgraded.

    Raises:
        Rejected: SUB_NOT_FOUND (141009) or SUB_NOT_NORMAL (141004).
    """
    account = sub_of(state, uid, sub_uid)
    if account.frozen or account.upgrade_due:
        hint = "Wait until its upgrade is over."
        if account.frozen:
            hint = 'Thaw it: POST /v5/user/frozen-sub-member with "frozen": 0.'
        raise Rejected(
            SUB_NOT_NORMAL,
            why=Why(
                rule="The sub-account must be in its normal state.",
                expected="neither frozen nor being upgraded",
                seen=f"{sub_uid} is {'frozen' if account.frozen else 'being upgraded'}",
                hint=hint,
            ),
        )
    return account


def _beside_usd(state: State, account: Account) -> Decimal:
    """What lies in the wallets beside the one that the account trades from, in USD."""
    worths = (
        held * state.index_prices[coin]
        for coins in (account.wallets or {}).values()
        for coin, held in coins.items()
    )
    return sum(worths, Decimal(0))


def _check_username(username: str) -> None:
    plain = username.isascii() and username.isalnum()
    mixed = not username.isalpha() and not username.isdigit()
    if not (plain and mixed and USERNAME_MIN <= len(username) <= USERNAME_MAX):
        expected = f"{USERNAME_MIN} to {USERNAME_MAX} letters and digits, some of each"
        raise _refused("username", expected, repr(username)[:80])


def _username_taken(state: State, username: str) -> Why:
    uid = state.usernames[username]
    gone = ", which was deleted" if state.accounts[uid].deleted else ""
    return Why(
        rule="No two sub-accounts have the same username, deleted ones included.",
        expected="a username that was never used",
        seen=f"{username} is the name of {uid}{gone}",
        hint="Choose another.",
    )


def _refused(field: str, expected: str, seen: str) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=f"A new sub-account has a valid {field}.",
            expected=expected,
            seen=seen,
            hint=f"Give {expected}.",
        ),
        problem=f"{field} invalid",
    )
