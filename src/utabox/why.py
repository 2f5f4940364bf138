"""The explanation that stands beside every refusal: the exchange never tells, we do."""

from collections.abc import Sequence

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


def joined(whys: Sequence[tuple[str, Why]]) -> Why:
    """One explanation of several reasons, each under its name."""
    if len(whys) == 1:
        return whys[0][1]
    return Why(
        rule=" ".join(f"[{name}] {why.rule}" for name, why in whys),
        expected="; ".join(f"[{name}] {why.expected}" for name, why in whys),
        seen="; ".join(f"[{name}] {why.seen}" for name, why in whys),
        hint=" ".join(f"[{name}] {why.hint}" for name, why in whys),
        details={name: value for _, why in whys for name, value in why.details.items()},
    )
