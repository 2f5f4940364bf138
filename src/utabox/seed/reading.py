"""From nodes to `Content`: each text is read as the type of the member that it is given for."""

from __future__ import annotations

import enum
import re
import types
import typing
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from utabox.engine.amounts import is_plain
from utabox.seed.content import Content, Moment, SubSeed
from utabox.seed.nodes import (
    Items,
    Members,
    Node,
    Place,
    Problem,
    Scalar,
    SeedError,
    line_of,
    node_of,
    places,
    plain,
    quoted,
    spelled,
)
from utabox.server.nearest import folded, nearest

BYTES_MAX = 1024 * 1024
TEXT_MAX = 64 * 1024  # characters of one text
ACCOUNTS_MAX = 1_000
"""Subs included: a server answers nobody else while it sows a seed."""
KEYS_MAX = 5_000
VALUES_MAX = 20_000
"""All texts, lists and groups of members together."""
INTEGER_MAX = 2**53 - 1
SECRETS = ("secret", "publicKey")
"""Members whose texts no message repeats."""

_NUMBER = re.compile(
    r"[+-]?(?=[0-9.])[0-9]*(?:_[0-9]+)*(?:\.[0-9]*(?:_[0-9]+)*)?(?:[eE][+-]?[0-9]{1,4})?"
)
_OFFSET = re.compile(r"[+-](?:[0-9]{1,15}(?:ms|[smhdw]))+")
_PART = re.compile(r"([0-9]+)(ms|[smhdw])")
_UNITS_MS = {
    "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
}  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")


class Seed(NamedTuple):
    """A seed that was read: what it says makes sense, whether a venue takes it shows with `sow`."""

    content: Content
    root: Node
    file: str = ""  # "": it is from no file

    @property
    def object(self) -> Any:
        """The same for a door: `seed_of` reads it again."""
        return plain(self.root)

    def problem(self, place: Place, text: str) -> SeedError:
        """That something of it cannot be."""
        return SeedError([Problem(place, text, line_of(self.root, place))], self.file)

    def located(self, told: str) -> str:
        """What a server said of its `object`, with the lines of the file."""
        lines = {spelled(place): line for place, line in places(self.root)}
        return "\n".join(self._located(sentence, lines) for sentence in told.split("\n"))

    def _located(self, sentence: str, lines: dict[str, int]) -> str:
        parts = sentence.split(": ")
        for end in range(len(parts), 0, -1):
            line = lines.get(": ".join(parts[:end]))
            if line:
                return f"{self.file}:{line}: {sentence}"
        return f"{self.file}: {sentence}"


def read_seed(path: Path | str) -> Seed:
    """The seed in a file whose name ends in .yaml, .yml or .toml.

    Raises:
        SeedError: it cannot be read, or says what makes no sense; all of that, with its lines.
    """
    file, kind = str(path), Path(path).suffix.lower()
    if kind not in (".yaml", ".yml", ".toml"):
        raise SeedError([Problem((), "a seed is YAML or TOML: end its name so")], file)
    text = _text_of(Path(path), file)
    if kind == ".toml":
        from utabox.seed.toml_text import read_toml as reads
    else:
        from utabox.seed.yaml_text import read_yaml as reads
    root = reads(text, file)
    return Seed(_content(root, file), root, file)


def seed_of(value: object) -> Seed:
    """The seed that an object says, such as one that came as JSON.

    Raises:
        SeedError: it makes no sense; all of that, with the members that it is about.
    """
    root = node_of(value, {})
    return Seed(_content(root, ""), root)


def _text_of(path: Path, file: str) -> str:
    try:
        with path.open("rb") as opened:
            content = opened.read(BYTES_MAX + 1)
    except OSError as error:
        problem = f"it cannot be read ({error.strerror or error}): check the path"
        raise SeedError([Problem((), problem)], file) from error
    except ValueError as error:  # a NUL in its name
        raise SeedError([Problem((), "this names no file: check the path")], file) from error
    if len(content) > BYTES_MAX:
        raise SeedError([Problem((), "a seed has at most 1 MiB: this is larger")], file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SeedError([Problem((), "this is no UTF-8: save it so", line)], file) from error


def _content(root: Node, file: str) -> Content:
    if excess := _excess(root):
        raise SeedError([excess], file)
    reading = _Reading()
    content = reading.read(Content, root, ())
    if not reading.problems:
        reading.problems += _names_misused(content, root)
    if reading.problems:
        raise SeedError(reading.problems, file)
    assert isinstance(content, Content)
    return content


# --- size -----------------------------------------------------------------------------------


def _excess(root: Node) -> Problem | None:
    """The first account, key or value that is too much for one seed."""
    masters = _items_at(root, (), "accounts")
    accounts = [
        each
        for place, master in masters
        for each in ((place, master), *_items_at(master, place, "subs"))
    ]
    keys = [key for place, account in accounts for key in _items_at(account, place, "keys")]
    values = [(place, line) for place, line in islice(places(root), VALUES_MAX + 1)]
    counted = (
        (ACCOUNTS_MAX, "accounts, subs included", [(of, node.line) for of, node in accounts]),
        (KEYS_MAX, "keys", [(of, node.line) for of, node in keys]),
        (VALUES_MAX, "values", values),
    )
    for most, what, found in counted:
        if len(found) > most:
            place, line = found[most]
            problem = (
                f"a seed has at most {most} {what}, and this is one more: make several seeds of "
                "it, and add the others to the venue with `utabox venue seed`, one by one"
            )
            return Problem(place, problem, line)
    return None


def _items_at(node: Node, place: Place, member: str) -> list[tuple[Place, Node]]:
    """The items of a list that is a member of `node`, if there is one."""
    inner = node.nodes.get(member) if isinstance(node, Members) else None
    items = inner.nodes if isinstance(inner, Items) else []
    return [((*place, member, at), item) for at, item in enumerate(items)]


# --- names ----------------------------------------------------------------------------------


def named(content: Content) -> Iterator[tuple[str, Place, SubSeed]]:
    """The accounts, each master before its subs, by the names that they go by."""
    for at, account in enumerate(content.accounts):
        yield account.name or f"account {at + 1}", ("accounts", at), account
        for below, sub in enumerate(account.subs):
            name = sub.name or f"account {at + 1}.{below + 1}"
            yield name, ("accounts", at, "subs", below), sub


def _names_misused(content: Content, root: Node) -> Iterator[Problem]:
    known: dict[str, Place] = {}
    for name, place, _ in named(content):
        if name in known:
            first = spelled(known[name])
            at = (*place, "name")
            problem = f"{quoted(name)} is the name of {first} already: choose another"
            yield Problem(at, problem, line_of(root, at))
        known.setdefault(name, place)
    for index, fault in enumerate(content.faults):
        place = ("faults", index, "account")
        if fault.account and fault.account not in known:
            problem = (
                f"no account is named {quoted(fault.account)}: {nearest(fault.account, known)}"
            )
            yield Problem(place, problem, line_of(root, place))
        elif fault.account and fault.uid:
            problem = "account and uid say the same: give one of them"
            yield Problem(place, problem, line_of(root, place))


# --- types ----------------------------------------------------------------------------------


class _Misfit(Exception):
    """What is wrong with one node."""


class _Field(NamedTuple):
    kind: Any
    required: bool


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, _Field]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {
        field.name: _Field(hints[field.name], field.required)
        for field in msgspec.structs.fields(kind)
    }


class _Reading:
    """Reads on after a problem, so that all are told at once; then the result is void."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def read(self, kind: Any, node: Node, place: Place) -> Any:
        try:
            return self._read(kind, node, place)
        except _Misfit as misfit:
            self.problems.append(Problem(place, str(misfit), node.line))
            return None

    def _read(self, kind: Any, node: Node, place: Place) -> Any:
        kind, noun = _bare(kind)
        origin = get_origin(kind)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self._struct(kind, _members(node, _fields(kind)), place)
        if origin is dict:
            key, value = get_args(kind)
            return self._mapping(key, value, _members(node, ("USDT",)), place)
        if origin is list:
            items = _items(node)
            (inner,) = get_args(kind)
            return [self.read(inner, item, (*place, at)) for at, item in enumerate(items)]
        if not isinstance(node, Scalar):
            raise _Misfit("one value stands here, no list and no members: write one")
        if node.text is None:
            raise _Misfit("nothing stands here: give a value, or leave the member out")
        _check_text(node.text)
        shown = "what stands here" if place[-1] in SECRETS else quoted(node.text)
        return _value(kind, node.text, shown, noun)

    def _struct(self, kind: type[msgspec.Struct], given: dict[str, Node], place: Place) -> Any:
        fields, values = _fields(kind), {}
        for name, member in given.items():
            if name not in fields:
                problem = f"there is no such member: {nearest(name, fields)}"
                self.problems.append(Problem((*place, name), problem, member.line))
            elif not (isinstance(member, Scalar) and member.text is None):
                values[name] = self.read(fields[name].kind, member, (*place, name))
        missing = [name for name, of in fields.items() if of.required and name not in values]
        if missing:
            raise _Misfit(f"{' and '.join(missing)} must be given, too")
        return kind(**values)

    def _mapping(self, key: Any, value: Any, given: dict[str, Node], place: Place) -> Any:
        values = {}
        for name, node in given.items():
            inner = (*place, name)
            known = self.read(key, Scalar(name, node.line), inner)
            if known in values:
                self.problems.append(Problem(inner, "it is there twice: leave one out", node.line))
            values[known] = self.read(value, node, inner)
        return values


def _bare(kind: Any) -> tuple[Any, str]:
    """A type without what is around it, and the word for its values."""
    noun = "number"
    while True:
        origin = get_origin(kind)
        if origin in (Union, types.UnionType):
            (kind,) = (of for of in get_args(kind) if of is not type(None))
        elif origin is typing.Annotated:
            noun = next((of for of in kind.__metadata__ if isinstance(of, str)), noun)
            kind = get_args(kind)[0]
        else:
            return kind, noun


def _members(node: Node, known: Iterable[str]) -> dict[str, Node]:
    if isinstance(node, Members):
        return node.nodes
    example = next(iter(known))
    raise _Misfit(f"members stand here, each with its name: write such as {example}: ...")


def _items(node: Node) -> list[Node]:
    if isinstance(node, Items):
        return node.nodes
    raise _Misfit("a list stands here: write [ and ] around it, also around one item")


def _check_text(text: str) -> None:
    if len(text) > TEXT_MAX:
        raise _Misfit(f"a text has at most {TEXT_MAX} characters: this has {len(text)}")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _Misfit("this is half of a character: write it whole")


def _value(kind: Any, text: str, shown: str, noun: str) -> Any:
    """A text as what the member takes."""
    if kind is str:
        return text
    if kind is bool:
        if text.lower() not in _YES + _NO:
            raise _Misfit(f"{shown} is neither yes nor no: write true or false")
        return text.lower() in _YES
    if kind is Moment:
        return _moment(text, shown)
    if kind in (int, Decimal):
        return _integer(text, shown) if kind is int else _decimal(text, shown, noun)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _choice({str(of.value): of for of in kind}, text, shown, kind)
    assert get_origin(kind) is Literal, f"a seed cannot say a {kind}"
    return _choice({str(of): of for of in get_args(kind)}, text, shown)


def _choice(known: dict[str, Any], text: str, shown: str, kind: Iterable[Any] = ()) -> Any:
    """What is called so, whatever its capitals and hyphens."""
    names = known | {of.name: of for of in kind}
    for name, value in names.items():
        if folded(name) == folded(text) or name == text:
            return value
    advice = nearest(text, names, f"write {', '.join(known)}")
    raise _Misfit(f"{shown} is none of what can stand here: {advice}")


def _decimal(text: str, shown: str, noun: str) -> Decimal:
    number = Decimal(text) if len(text) <= 200 and _is_number(text) else None
    if number is None or not is_plain(number):
        raise _Misfit(f'{shown} is no {noun}: write such as 1000 or "0.5"')
    return number


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text)) and any(map(str.isdigit, re.split("[eE]", text)[0]))


def _integer(text: str, shown: str) -> int:
    number = Decimal(text) if len(text) <= 40 and _is_number(text) else None
    if number is None or abs(number) > INTEGER_MAX or number != int(number):
        raise _Misfit(f"{shown} is no whole number: write such as 5")
    return int(number)


def _moment(text: str, shown: str) -> Moment:
    if text == "never":
        return Moment(0)
    if text.isascii() and text.replace("_", "").isdigit() and len(text) <= 20:
        return Moment(min(int(text.replace("_", "").lstrip("0") or "0"), INTEGER_MAX))
    if _OFFSET.fullmatch(text):
        ms = sum(int(count) * _UNITS_MS[unit] for count, unit in _PART.findall(text))
        return Moment(max(-INTEGER_MAX, min(ms if text[0] == "+" else -ms, INTEGER_MAX)), True)
    try:
        at = datetime.fromisoformat(text)
        return Moment(((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MS)
    except (ValueError, OverflowError):
        expected = "2026-01-31T12:00:00Z, ms since 1970, or an offset such as +90d or +1h30m"
        raise _Misfit(f"{shown} is no time: write such as {expected}") from None


_MS = timedelta(milliseconds=1)
