"""Faults that are ordered: which requests they meet, and how often.

What one does to a request is for the server; here it is decided whether it does. That follows from
counts, the venue's time and a seed, so the same requests meet the same faults again.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import msgspec

from utabox.engine.amounts import has_decimals
from utabox.engine.rules import Command, Event, Rejected, applies, decides
from utabox.engine.state import TIME_MAX, Fault, FaultEffect, FaultScope, FaultTiming, State
from utabox.retcodes import PARAMS_ERROR
from utabox.why import Why

FAULTS_MAX = 1_000
TEXT_MAX = 256  # characters
COUNT_MAX = 10**9
WAIT_MS_MAX = 600_000
PROBABILITY_DECIMALS_MAX = 9
FIELDS_MAX = 50
STATUSES = (200, 400, 401, 403, 404, 405, 408, 413, 421, 429, 500, 501, 502, 503, 504)

_64 = (1 << 64) - 1


class Call(NamedTuple):
    """What a fault looks at, of one request."""

    api_key: str
    uid: int  # of that key; 0: no such key
    method: str
    path: str


class AddFault(Command, frozen=True, tag="add-fault"):
    """Let the venue fail by this rule; it is looked at after those that there are."""

    scope: FaultScope = FaultScope()
    timing: FaultTiming = FaultTiming()
    effect: FaultEffect = FaultEffect()
    note: str = ""
    for_ms: int = 0  # so long from now on; 0: see `timing`


class RemoveFault(Command, frozen=True, tag="remove-fault"):
    """Forget a rule, with its counts."""

    number: int


class RemoveFaults(Command, frozen=True, tag="remove-faults"):
    """Forget all of them."""


class CountFault(Command, frozen=True, tag="count-fault"):
    """A request has come that these rules are about, in their order: the first to meet it does."""

    numbers: tuple[int, ...]


class FaultAdded(Event, frozen=True, tag="fault-added"):
    fault: Fault


class FaultRemoved(Event, frozen=True, tag="fault-removed"):
    number: int


class FaultCounted(Event, frozen=True, tag="fault-counted"):
    """A rule was about a request; `fires`: and has met it."""

    number: int
    fires: bool


# --- deciding -------------------------------------------------------------------------------


def about(state: State, call: Call, now: int) -> tuple[int, ...]:
    """The rules that are about `call` at `now` (ms), and not spent, in their order."""
    return tuple(
        fault.number
        for fault in state.faults.values()
        if _fits(fault.scope, call) and not fault.spent(now)
    )


def _fits(scope: FaultScope, call: Call) -> bool:
    path = scope.path
    return (
        scope.api_key in ("", call.api_key)
        and scope.uid in (0, call.uid)
        and scope.method in ("", call.method)
        and (call.path.startswith(path[:-1]) if path.endswith("*") else path in ("", call.path))
    )


def draw(fault: Fault, use: int) -> int:
    """64 bits that follow from the rule's seed, its number and how often it matched.

    Args:
        use: What for; the numbers for two uses have nothing to do with each other.
    """
    mixed = 0
    for part in (fault.timing.seed, fault.number, fault.matched, use):
        mixed = _mixed(mixed ^ (part & _64))
    return mixed


def _mixed(value: int) -> int:
    """One step of splitmix64 (Steele, Lea and Flood, 2014)."""
    value = (value + 0x9E3779B97F4A7C15) & _64
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _64
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _64
    return value ^ (value >> 31)


def fires(fault: Fault) -> bool:
    """Whether it meets the request that it matched last."""
    timing = fault.timing
    place = fault.matched - timing.nth + 1
    if place < 1 or place % timing.every:
        return False
    return Decimal(draw(fault, use=1)) < timing.probability * (_64 + 1)


def delay_ms(fault: Fault) -> int:
    """How long the answer to the request that it has met is held back."""
    effect = fault.effect
    return effect.delay_ms + draw(fault, use=2) % (effect.jitter_ms + 1)


@decides(AddFault)
def decide(state: State, command: AddFault, now: int) -> list[Event]:
    for holds, field, expected, seen in _demands(state, command, now):
        if not holds:
            raise _refused(field, expected, seen)
    timing = command.timing
    if command.for_ms:
        timing = msgspec.structs.replace(timing, until=now + command.for_ms)
    number = state.faults_made + 1
    return [FaultAdded(Fault(number, now, command.scope, timing, command.effect, command.note))]


@decides(RemoveFault)
def decide_removal(state: State, command: RemoveFault, now: int) -> list[Event]:
    if command.number not in state.faults:
        known = ", ".join(map(str, list(state.faults)[:20])) or "none"
        raise _refused("id", f"one of the faults that there are: {known}", str(command.number)[:40])
    return [FaultRemoved(command.number)]


@decides(RemoveFaults)
def decide_removals(state: State, command: RemoveFaults, now: int) -> list[Event]:
    return [FaultRemoved(number) for number in state.faults]


@decides(CountFault)
def decide_count(state: State, command: CountFault, now: int) -> list[Event]:
    """One event for each rule that was looked at; only the last of them may have met it."""
    counted: list[Event] = []
    for number in command.numbers:
        fault = state.faults.get(number)
        if fault is None or fault.spent(now):
            continue
        met = fires(msgspec.structs.replace(fault, matched=fault.matched + 1))
        counted.append(FaultCounted(number, met))
        if met:
            break
    return counted


# --- applying -------------------------------------------------------------------------------


@applies(FaultAdded)
def apply(state: State, event: FaultAdded) -> None:
    state.faults[event.fault.number] = event.fault
    state.faults_made = event.fault.number


@applies(FaultRemoved)
def apply_removal(state: State, event: FaultRemoved) -> None:
    del state.faults[event.number]


@applies(FaultCounted)
def apply_count(state: State, event: FaultCounted) -> None:
    fault = state.faults[event.number]
    state.faults[event.number] = msgspec.structs.replace(
        fault, matched=fault.matched + 1, fired=fault.fired + event.fires
    )


# --- what a rule may be ---------------------------------------------------------------------

Demand = tuple[bool, str, str, object]
"""Whether it holds; the field; what is expected of it; what was seen."""


def _demands(state: State, command: AddFault, now: int) -> Iterator[Demand]:
    """In this order; each may rely on those before it."""
    yield (
        len(state.faults) < FAULTS_MAX, "faults", f"at most {FAULTS_MAX} in a venue",
        f"{len(state.faults)} already: `utabox fault remove --all`",
    )  # fmt: skip
    yield len(command.note) <= TEXT_MAX, "note", f"up to {TEXT_MAX} characters", len(command.note)
    yield from _of_scope(state, command.scope)
    yield from _of_timing(command.timing, command.for_ms, now)
    yield from _of_effect(command.effect)


def _of_scope(state: State, scope: FaultScope) -> Iterator[Demand]:
    key = state.keys.get(scope.api_key)
    yield (
        len(scope.api_key) <= 64, "apiKey", "the id of a key, up to 64 characters",
        f"{len(scope.api_key)} characters",
    )  # fmt: skip
    yield not scope.uid or scope.uid in state.accounts, "uid", "the UID of an account", scope.uid
    yield (
        key is None or scope.uid in (0, key.uid), "uid", "that of the key, or none",
        f"{scope.uid}, and a key of {key.uid if key else 0}: no request can fit",
    )  # fmt: skip
    method = scope.method
    yield (
        not method or (method.isascii() and method.isalpha() and method.isupper()), "method",
        "GET or POST, in capitals as it is sent", repr(method[:20]),
    )  # fmt: skip
    path = scope.path
    yield (
        not path or (path.startswith("/v5/") and len(path) <= TEXT_MAX), "path",
        f"one that begins with /v5/, up to {TEXT_MAX} characters", repr(path[:80]),
    )  # fmt: skip
    yield (
        path.count("*") == path.endswith("*"), "path", "one *, at its end, or none",
        repr(path[:80]),
    )  # fmt: skip
    yield (
        not any(mark in path for mark in "?# "), "path",
        "the path alone, without a query", repr(path[:80]),
    )  # fmt: skip


def _of_timing(timing: FaultTiming, for_ms: int, now: int) -> Iterator[Demand]:
    yield 1 <= timing.nth <= COUNT_MAX, "nth", f"1 (the first) to {COUNT_MAX}", timing.nth
    yield 1 <= timing.every <= COUNT_MAX, "every", f"1 (each) to {COUNT_MAX}", timing.every
    yield 0 <= timing.times <= COUNT_MAX, "times", f"1 to {COUNT_MAX}", timing.times
    probability = timing.probability
    yield (
        probability.is_finite() and 0 < probability <= 1, "probability",
        "more than 0, up to 1", str(probability)[:40],
    )  # fmt: skip
    yield (
        has_decimals(probability, PROBABILITY_DECIMALS_MAX),
        "probability", f"at most {PROBABILITY_DECIMALS_MAX} decimals", str(probability)[:40],
    )  # fmt: skip
    yield 0 <= timing.seed <= _64 >> 1, "seed", f"0 to {_64 >> 1}", timing.seed
    yield (
        not (timing.until and for_ms), "forMs", "until or forMs, not both",
        f"until {timing.until} and forMs {for_ms}",
    )  # fmt: skip
    yield 0 <= for_ms <= TIME_MAX - now, "forMs", "ms, greater than 0", str(for_ms)[:40]
    yield (
        timing.until == 0 or now < timing.until <= TIME_MAX, "until",
        f"ms, later than the venue's time, {now}", str(timing.until)[:40],
    )  # fmt: skip


def _of_effect(effect: FaultEffect) -> Iterator[Demand]:
    yield (
        effect != FaultEffect(), "effect",
        "at least one of retCode, status, delayMs, jitterMs, close, drop, blank, retype and "
        "limitHeaders: false", "no effect",
    )  # fmt: skip
    for field, value in (("delayMs", effect.delay_ms), ("jitterMs", effect.jitter_ms)):
        yield 0 <= value <= WAIT_MS_MAX, field, f"0 to {WAIT_MS_MAX}, ten minutes", value
    yield from _of_answer(effect)
    yield from _of_fields(effect)
    yield not effect.reset or effect.close != "", "reset", "with a close: before, middle, after", ""
    yield from _of_what_is_left(effect)


def _of_answer(effect: FaultEffect) -> Iterator[Demand]:
    code, text, status = effect.ret_code, effect.ret_msg, effect.status
    yield code is None or abs(code) < 1 << 31, "retCode", "a number of 32 bits", str(code)[:40]
    yield (
        code is None or not status, "status",
        "a retCode, which comes with HTTP 200, or a status: not both", f"{code} and {status}",
    )  # fmt: skip
    yield text is None or code is not None, "retMsg", "with a retCode", "none"
    yield len(text or "") <= TEXT_MAX, "retMsg", f"up to {TEXT_MAX} characters", len(text or "")
    yield (
        status == 0 or status in STATUSES, "status", f"one of {', '.join(map(str, STATUSES))}",
        status,
    )  # fmt: skip
    yield not effect.body or status != 0, "body", "with a status", "none"


def _of_fields(effect: FaultEffect) -> Iterator[Demand]:
    """Fields can be changed of an answer that is JSON and arrives."""
    fields = effect.fields
    yield len(fields) <= FIELDS_MAX, "fields", f"up to {FIELDS_MAX}", len(fields)
    for field in fields:
        yield (
            len(field.path) <= TEXT_MAX and _names_a_field(field.path), field.act,
            "a path such as result.marginMode, result.list[].coin or result.list[0].coin",
            repr(field.path[:80]),
        )  # fmt: skip
    yield (
        not fields or effect.status == 0, "status", "an answer that is JSON, as fields are changed",
        f"HTTP {effect.status} instead of it",
    )  # fmt: skip


def _names_a_field(path: str) -> bool:
    """Names joined by dots, each with an index or more behind it, or none."""
    for part in path.split("."):
        name, *indices = part.split("[")
        if not (name.isascii() and name.replace("_", "").isalnum()):
            return False
        for index in indices:
            digits = index.removesuffix("]")
            if digits == index or not (digits == "" or (digits.isascii() and digits.isdigit())):
                return False
    return True


def _of_what_is_left(effect: FaultEffect) -> Iterator[Demand]:
    """An answer must come from somewhere, and nothing is said of one that does not leave."""
    replaced = effect.ret_code is not None or effect.status != 0
    yield (
        effect.close != "before" or not (replaced or effect.fields or not effect.limit_headers),
        "close", "no answer at all, or one that is replaced or changed: not both",
        "before, and a change of the answer",
    )  # fmt: skip
    yield (
        effect.executed or replaced or effect.close == "before", "executed",
        "true, or something instead of the answer: a retCode, a status, or close: before",
        "false, and nothing to answer",
    )  # fmt: skip
    yield (
        effect.limit_headers or effect.status == 0, "limitHeaders",
        "an answer that would have them", f"HTTP {effect.status} of the edge",
    )  # fmt: skip


def _refused(field: str, expected: str, seen: object) -> Rejected:
    rule = f"A fault must be possible: {field} does not fit."
    if field == "effect":  # which is no member, but several
        rule = "A fault must do something."
    return Rejected(
        PARAMS_ERROR,
        why=Why(
            rule=rule,
            expected=expected,
            seen=str(seen) or "none",
            hint=f"Expected: {expected}. `utabox fault add --help` and docs/faults.md say more.",
        ),
        problem=f"{field} invalid",
    )
