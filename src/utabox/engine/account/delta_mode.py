"""Delta neutral mode: the flag. Its place in the ADL queue comes with positions."""

from utabox.engine.account.lookup import refuse_while_upgrading, unified_account_of
from utabox.engine.rules import Command, Event, applies, decides
from utabox.engine.state import State


class SetDeltaMode(Command, frozen=True, tag="set-delta-mode"):
    """Switch delta neutral mode on or off; without effect in isolated margin (8.5)."""

    uid: int
    on: bool


class DeltaModeSet(Event, frozen=True, tag="delta-mode-set"):
    """Delta neutral mode was switched."""

    uid: int
    on: bool


@decides(SetDeltaMode)
def decide(state: State, command: SetDeltaMode, now: int) -> list[Event]:
    account = unified_account_of(state, command.uid)
    refuse_while_upgrading(account, now)
    if command.on is account.delta_neutral:
        return []
    return [DeltaModeSet(account.uid, command.on)]


@applies(DeltaModeSet)
def apply(state: State, event: DeltaModeSet) -> None:
    state.accounts[event.uid].delta_neutral = event.on
