"""The explanation that stands beside every refusal: the exchange never tells, we do."""

import msgspec


class Why(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request was refused, in words and numbers that a reader can act on.

    Holds no secret and no whole signature.
    """

    rule: str
    """The rule that refused, a sentence in the present tense."""
    expected: str
    """What the rule asks for, with its numbers and units."""
    seen: str
    """What the request or the account had instead."""
    hint: str
    """What to do next."""
    details: dict[str, str] = {}
    """Named values for machines: `signed_text`, `skew_ms`, `first_difference`, ..."""
