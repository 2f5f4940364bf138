"""Open an account, master or sub."""

from utabox.engine.account.lookup import account_of
from utabox.engine.account.referral import referred
from utabox.engine.invariants import whole_second
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import PARAMS_ERROR
from utabox.terms import AccountKind, Environment, MemberType, VipLevel
from utabox.why import Why

UID_MAX = 2**53 - 1  # clients in JavaScript read it as a number


class CreateAccount(Command, frozen=True, tag="create-account", omit_defaults=True):
    """Open an account; a sub-account when `parent_uid` is given.

    A master may come by the invitation of another account.
    """

    kind: AccountKind = AccountKind.UTA2
    parent_uid: int = 0
    uid: int = 0  # 0: the next free one
    vip_level: VipLevel = VipLevel.NONE
    environment: Environment | None = None  # None: its parent's, its inviter's, or mainnet
    member_type: MemberType = MemberType.NORMAL  # of a sub-account
    inviter_uid: int = 0  # 0: nobody


class AccountCreated(Event, frozen=True, tag="account-created", omit_defaults=True):
    """The account exists, with the exchange's defaults (account-semantics 2.5)."""

    uid: int
    kind: AccountKind
    parent_uid: int
    vip_level: VipLevel
    smp_group: int
    created_at: int  # ms
    updated_time: int  # ms; 0 for a classic account, as captured
    environment: Environment = Environment.MAINNET
    member_type: MemberType = MemberType.NORMAL


@decides(CreateAccount)
def decide(state: State, command: CreateAccount, now: int) -> list[Event]:
    uid = command.uid or state.next_uid
    if uid in state.accounts or not 0 < uid <= UID_MAX:
        raise _uid_refused(uid)
    smp_group, environment = 0, command.environment or Environment.MAINNET
    if command.parent_uid:
        parent = account_of(state, command.parent_uid)
        if not parent.is_master:
            raise _parent_refused(parent)
        if command.environment not in (None, parent.environment):
            raise _environment_refused(environment, parent)
        if command.inviter_uid:
            raise _invited_sub_refused(parent)
        smp_group = parent.smp_group  # a master's group flows to new subs (8.2)
        environment = parent.environment
    elif command.member_type is not MemberType.NORMAL:
        raise _member_type_refused(command.member_type)
    events: list[Event] = []
    if command.inviter_uid:
        inviter = account_of(state, command.inviter_uid)
        if command.environment not in (None, inviter.environment):
            raise _inviter_refused(environment, inviter)
        environment = inviter.environment
        events = [referred(state, uid, inviter)]
    return [
        AccountCreated(
            uid=uid,
            kind=command.kind,
            parent_uid=command.parent_uid,
            vip_level=command.vip_level,
            smp_group=smp_group,
            created_at=now,
            updated_time=0 if command.kind is AccountKind.CLASSIC else whole_second(now),
            environment=environment,
            member_type=command.member_type,
        ),
        *events,
    ]


@applies(AccountCreated)
def apply(state: State, event: AccountCreated) -> None:
    state.accounts[event.uid] = opened(event)
    if event.parent_uid:
        state.subs.setdefault(event.parent_uid, []).append(event.uid)
    # A UID far ahead is a choice of its own: the count goes on from the ordinary ones.
    while state.next_uid in state.accounts:
        state.next_uid += 1


def opened(event: AccountCreated) -> Account:
    """The account as it begins."""
    return Account(
        uid=event.uid,
        kind=event.kind,
        created_at=event.created_at,
        updated_time=event.updated_time,
        parent_uid=event.parent_uid,
        vip_level=event.vip_level,
        smp_group=event.smp_group,
        environment=event.environment,
        member_type=event.member_type,
    )


def _uid_refused(uid: int) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="A new account has a UID of its own.",
            expected=f"a free number from 1 to {UID_MAX}",
            seen=str(uid),
            hint="Leave the UID out to get the next free one.",
        ),
        problem="uid invalid",
    )


def _parent_refused(parent: Account) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="Sub-accounts belong to masters; there is one level.",
            expected="the UID of a master",
            seen=f"{parent.uid}, a sub-account of {parent.parent_uid}",
            hint=f"Create it under {parent.parent_uid}.",
        ),
        problem="parentUid invalid",
    )


def _environment_refused(environment: Environment, parent: Account) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="A sub-account lives where its master does.",
            expected=parent.environment,
            seen=environment,
            hint=f"Leave the environment out, or choose a master of {environment}.",
        ),
        problem="environment invalid",
    )


def _invited_sub_refused(parent: Account) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="A sub-account is made by its master: only masters come by invitations.",
            expected="a master or an inviter, not both",
            seen=f"the master {parent.uid} and an inviter",
            hint="Leave one of them out.",
        ),
        problem="inviterUid invalid",
    )


def _inviter_refused(environment: Environment, inviter: Account) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="An account lives where its inviter does.",
            expected=inviter.environment,
            seen=environment,
            hint=f"Leave the environment out, or choose an inviter of {environment}.",
        ),
        problem="environment invalid",
    )


def _member_type_refused(member_type: MemberType) -> Rejected:
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule="Only sub-accounts are custodial.",
            expected="the UID of a master, or the member type 1",
            seen=f"member type {member_type.value} of a master",
            hint="Give the parent's UID, too, or leave the member type out.",
        ),
        problem="memberType invalid",
    )
