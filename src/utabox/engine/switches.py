"""How a venue decides and speaks where the exchange's way is not certain, or changed."""

from utabox.engine.rules import Command, Event, applies, decides
from utabox.engine.state import State, Switches


class SetSwitches(Command, frozen=True, tag="set-switches"):
    """Decide and speak so from now on."""

    switches: Switches


class SwitchesSet(Event, frozen=True, tag="switches-set"):
    switches: Switches


@decides(SetSwitches)
def decide(state: State, command: SetSwitches, now: int) -> list[Event]:
    return [SwitchesSet(command.switches)] if command.switches != state.switches else []


@applies(SwitchesSet)
def apply(state: State, event: SwitchesSet) -> None:
    state.switches = event.switches
