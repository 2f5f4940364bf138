"""Open the demo account of a user: one of its own, beside the family (account-semantics 11)."""

from utabox.engine.account.lookup import account_of
from utabox.engine.account.opening import CreateAccount
from utabox.engine.account.opening import decide as decide_opening
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State
from utabox.retcodes import DEMO_UNSUPPORTED
from utabox.terms import Environment
from utabox.why import Why

DEMO_OF = {
    Environment.MAINNET: Environment.DEMO,
    Environment.TESTNET: Environment.TESTNET_DEMO,
}


class CreateDemoMember(Command, frozen=True, tag="create-demo-member"):
    """Open the demo account of `uid`, a master or a sub-account, unless it has one."""

    uid: int


class DemoMemberCreated(Event, frozen=True, tag="demo-member-created"):
    """`demo_uid` is the demo account of `uid`."""

    uid: int
    demo_uid: int


@decides(CreateDemoMember)
def decide(state: State, command: CreateDemoMember, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    environment = DEMO_OF.get(account.environment)
    if environment is None:
        raise _already_demo(account)
    if demo_of(state, account.uid) is not None:
        return []
    opened = decide_opening(state, CreateAccount(environment=environment), now)
    return [*opened, DemoMemberCreated(account.uid, state.next_uid)]


@applies(DemoMemberCreated)
def apply(state: State, event: DemoMemberCreated) -> None:
    state.demo_members[event.uid] = event.demo_uid


def demo_of(state: State, uid: int) -> Account | None:
    """The demo account of `uid`, if one was made."""
    demo_uid = state.demo_members.get(uid)
    return None if demo_uid is None else state.accounts[demo_uid]


def is_demo_of_family(state: State, master_uid: int, demo_uid: int) -> bool:
    """Whether `demo_uid` is the demo account of this master or of one of its sub-accounts.

    It is nobody's sub-account, so that no list of the family and no transfer of its money finds
    it: only keys are made for it from there.
    """
    family = [master_uid, *state.subs.get(master_uid, [])]
    account = state.accounts.get(demo_uid)
    made = any(state.demo_members.get(uid) == demo_uid for uid in family)
    return made and account is not None and not account.deleted


def _already_demo(account: Account) -> Rejected:
    return Rejected(
        DEMO_UNSUPPORTED,
        why=Why(
            rule="A demo account has no demo account of its own.",
            expected="a key of an account of mainnet or testnet",
            seen=f"{account.uid}, an account of {account.environment}",
            hint="Call it with a key of the real account.",
        ),
    )
