"""What several spot margin endpoints share."""

import enum


class Flag(enum.StrEnum):
    """On or off, as spot margin spells it."""

    ON = "1"
    OFF = "0"


def flag(on: bool) -> Flag:
    """The same of a truth."""
    return Flag.ON if on else Flag.OFF
