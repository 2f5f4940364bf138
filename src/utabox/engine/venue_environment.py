"""Which of the exchange's environments the venue is, where a request's host does not say."""

from utabox.engine.rules import Command, Event, applies, decides
from utabox.engine.state import State
from utabox.terms import Environment


class SetVenueEnvironment(Command, frozen=True, tag="set-venue-environment"):
    """Be this one from now on; None: what the server is."""

    environment: Environment | None


class VenueEnvironmentSet(Event, frozen=True, tag="venue-environment-set"):
    environment: Environment | None


@decides(SetVenueEnvironment)
def decide(state: State, command: SetVenueEnvironment, now: int) -> list[Event]:
    if command.environment is state.environment:
        return []
    return [VenueEnvironmentSet(command.environment)]


@applies(VenueEnvironmentSet)
def apply(state: State, event: VenueEnvironmentSet) -> None:
    state.environment = event.environment
