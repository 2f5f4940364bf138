"""Who was invited by whom: told from outside, as there is no sign-up here."""

from collections.abc import Iterator

from utabox.engine.account.lookup import account_of
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, Referral, State
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why


class CloseReferral(Command, frozen=True, tag="close-referral"):
    """Let the invitation of `uid` count no more."""

    uid: int


class AccountReferred(Event, frozen=True, tag="account-referred"):
    """The new account came by an invitation."""

    uid: int
    inviter_uid: int
    number: int  # of the venue's invitations, from 1


class ReferralClosed(Event, frozen=True, tag="referral-closed"):
    """The invitation counts no more; who invited is known all the same."""

    uid: int
    closed_at: int  # ms


def referred(state: State, uid: int, inviter: Account) -> AccountReferred:
    """The new account `uid` came by an invitation of `inviter`."""
    return AccountReferred(uid, inviter.uid, len(state.referrals.by_invitee) + 1)


@decides(CloseReferral)
def decide(state: State, command: CloseReferral, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    referral = state.referrals.by_invitee.get(account.uid)
    if referral is None:
        raise Rejected(PARAMS_ERROR, why=_uninvited_why(account), problem="uid invalid")
    return [] if referral.closed_at else [ReferralClosed(account.uid, now)]


@applies(AccountReferred)
def apply(state: State, event: AccountReferred) -> None:
    known = state.referrals
    known.by_invitee[event.uid] = Referral(event.inviter_uid, event.number)
    known.of_inviter.setdefault(event.inviter_uid, []).append(event.uid)


@applies(ReferralClosed)
def apply_closed(state: State, event: ReferralClosed) -> None:
    known = state.referrals.by_invitee
    before = known[event.uid]
    known[event.uid] = Referral(before.inviter_uid, before.number, event.closed_at)


def inviter_of(state: State, uid: int) -> int:
    """The UID of who invited the account; 0: nobody."""
    referral = state.referrals.by_invitee.get(uid)
    return referral.inviter_uid if referral else 0


def referrals_of(state: State, uid: int, before: int = 0) -> Iterator[tuple[Account, Referral]]:
    """Who came by an invitation of `uid`, newest first.

    Args:
        before: Only invitations with a smaller number; 0: all.
    """
    for invitee in reversed(state.referrals.of_inviter.get(uid, [])):
        referral = state.referrals.by_invitee[invitee]
        if not before or referral.number < before:
            yield state.accounts[invitee], referral


def _uninvited_why(account: Account) -> Why:
    return Why(
        rule="Only an account that was invited has an invitation to close.",
        expected="an account that was made with an inviter",
        seen=f"{account.uid}, whom nobody invited",
        hint="Make one: `utabox account create --inviter UID`.",
    )
