"""The door to the console's own door: `POST /-/session` takes the code that this one makes."""

from __future__ import annotations

import msgspec

from utabox.server.control import door
from utabox.server.sessions import CODE_S
from utabox.venues import Venues


class SessionCode(msgspec.Struct, frozen=True):
    """What lets a page in."""

    code: str  # good once
    seconds: int  # that it is good for


@door("POST /-/session-codes")
def new_code(venues: Venues) -> SessionCode:
    """Make a code by which a page at `/-/console` is let in, once, within two minutes."""
    return SessionCode(venues.sessions.new_code(), CODE_S)
