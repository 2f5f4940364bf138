"""Upgrade an account to its Pro kind: asked for now, done by a timer."""

from utabox.engine.account.lookup import account_of
from utabox.engine.invariants import touch, whole_second
from utabox.engine.ledger import become, rebooked
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import Account, State, Timer
from utabox.engine.timers import cancel_timer, set_timer
from utabox.retcodes import RetCode
from utabox.terms import AccountKind, VipLevel
from utabox.why import Why, joined

# 5 -> 6 is today's meaning; the older ones serve accounts of kinds that were seeded (1.3).
NEXT_KIND = {
    AccountKind.CLASSIC: AccountKind.UTA1,
    AccountKind.UTA1: AccountKind.UTA1_PRO,
    AccountKind.UTA2: AccountKind.UTA2_PRO,
}
WINDOW_CLOSES, WINDOW_OPENS = 50, 5  # minutes of the hour, both inclusive
MINUTE = 60_000
COMPLETE_UPGRADE = "complete-upgrade"

# A refusal with retCode 0: the answer is FAIL and the texts stand in the result.
UPGRADE_FAILED = RetCode(0, "", "docs/v5/account/upgrade-unified-account")
VIP_REQUIRED = RetCode(
    0, "Update account failed. Only VIP or PRO users are allowed to upgrade.", "our words"
)
WINDOW_CLOSED = RetCode(
    0,
    "Update account failed. Upgrade is not available between the 50th minute and the 5th "
    "minute of the next hour.",
    "our words",
)


class UpgradeToUta(Command, frozen=True, tag="upgrade-to-uta"):
    """Begin the upgrade."""

    uid: int


class CompleteUpgrade(Command, frozen=True, tag=COMPLETE_UPGRADE):
    """Given by the timer when the upgrade is due."""

    uid: int


class UpgradeStarted(Event, frozen=True, tag="upgrade-started"):
    """The account is being upgraded until `due`."""

    uid: int
    due: int  # ms


class UpgradeCompleted(Event, frozen=True, tag="upgrade-completed"):
    """The account has its new kind."""

    uid: int
    kind: AccountKind
    updated_time: int  # ms


@decides(UpgradeToUta)
def decide(state: State, command: UpgradeToUta, now: int) -> list[Event]:
    account = account_of(state, command.uid)
    if account.kind not in NEXT_KIND or account.upgrade_due:
        return []
    refused = _reasons(state, account, now)
    if refused:
        why = joined([(str(number), why) for number, (_, why) in enumerate(refused, 1)])
        raise Rejected(UPGRADE_FAILED, *(text for text, _ in refused), why=why)
    return [UpgradeStarted(uid=account.uid, due=now + state.switches.upgrade_delay_ms)]


@applies(UpgradeStarted)
def apply_started(state: State, event: UpgradeStarted) -> None:
    state.accounts[event.uid].upgrade_due = event.due
    set_timer(state, Timer(event.due, COMPLETE_UPGRADE, event.uid))


@decides(CompleteUpgrade)
def decide_completion(state: State, command: CompleteUpgrade, now: int) -> list[Event]:
    account = state.accounts[command.uid]
    kind = NEXT_KIND[account.kind]
    out, into = rebooked(account, kind)
    completed = UpgradeCompleted(uid=command.uid, kind=kind, updated_time=whole_second(now))
    return [*out, completed, *into]


@applies(UpgradeCompleted)
def apply_completed(state: State, event: UpgradeCompleted) -> None:
    account = state.accounts[event.uid]
    become(account, event.kind)
    account.upgrade_due = 0
    touch(account, event.updated_time)
    cancel_timer(state, COMPLETE_UPGRADE, event.uid)


def _reasons(state: State, account: Account, now: int) -> list[tuple[RetCode, Why]]:
    """Every failing check of account-semantics 1.3; open orders come with trading."""
    refused: list[tuple[RetCode, Why]] = []
    payer = account if account.is_master else state.accounts[account.parent_uid]
    if payer.vip_level is VipLevel.NONE:
        refused.append((VIP_REQUIRED, _vip_why(payer)))
    minute = now // MINUTE % 60
    closed = minute >= WINDOW_CLOSES or minute <= WINDOW_OPENS
    if closed and state.switches.upgrade_window_enforced:
        refused.append((WINDOW_CLOSED, _window_why(minute)))
    return refused


def _vip_why(payer: Account) -> Why:
    return Why(
        rule="A master with a VIP or PRO level, or a sub-account of one, may upgrade.",
        expected=f"a VIP or PRO level on {payer.uid}",
        seen=f"{payer.uid} has level {payer.vip_level.value!r}",
        hint=f"`utabox account set {payer.uid} --vip VIP-1`.",
    )


def _window_why(minute: int) -> Why:
    return Why(
        rule="Upgrades rest from minute 50 of each hour to minute 5 of the next.",
        expected="minute 6 to 49 of the hour, UTC",
        seen=f"minute {minute}",
        hint="Wait, or lift the rule: `utabox serve --no-upgrade-window`.",
    )
