"""What a user has signed: some contracts are traded only after that."""

from utabox.engine.account.lookup import account_of
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import AGREEMENT_BY_SUB
from utabox.terms import Agreement
from utabox.why import Why


class SignAgreement(Command, frozen=True, tag="sign-agreement"):
    """The master `uid` signs, for its sub-accounts, too."""

    uid: int
    agreement: Agreement


class AgreementSigned(Event, frozen=True, tag="agreement-signed"):
    uid: int
    agreement: Agreement
    signed_at: int  # ms


@decides(SignAgreement)
def decide(state: State, command: SignAgreement, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    if not account.is_master:
        raise _by_sub(account)
    if command.agreement in signed_by(state, account):
        return []
    return [AgreementSigned(account.uid, command.agreement, now)]


@applies(AgreementSigned)
def apply(state: State, event: AgreementSigned) -> None:
    state.agreements.setdefault(event.uid, {})[event.agreement] = event.signed_at


def signed_by(state: State, account: Account) -> dict[Agreement, int]:
    """What holds for `account`, and since when (ms): of a sub-account, what its master signed."""
    return state.agreements.get(account.parent_uid or account.uid, {})


def _by_sub(account: Account) -> Rejected:
    return Rejected(
        AGREEMENT_BY_SUB,
        why=Why(
            rule="A master signs, and all its sub-accounts may trade.",
            expected="a key of a master account",
            seen=f"a key of {account.uid}, a sub-account of {account.parent_uid}",
            hint=f"Call it with a key of {account.parent_uid}.",
        ),
    )
