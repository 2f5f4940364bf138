"""What a seed says, before anybody asks what it means: texts, members, items, and their lines."""

from __future__ import annotations

import datetime
import enum
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

Place = tuple[str | int, ...]
"""The way to a member: ("accounts", 0, "balances", "USDT")."""

PROBLEMS_TOLD = 20
DEPTH_MAX = 50
"""Of members and items in each other; what a seed can say has no need of ten."""
TOO_DEEP = "this is nested too deeply"
_PLAIN = re.compile(r"[\w ,-]+")


class Scalar(NamedTuple):
    """A text, whatever a reader of YAML would have made of it; None: nothing."""

    text: str | None
    line: int


class Members(NamedTuple):
    """Nodes by name."""

    nodes: dict[str, Node]
    line: int


class Items(NamedTuple):
    """Nodes in order."""

    nodes: list[Node]
    line: int


Node = Scalar | Members | Items


class Problem(NamedTuple):
    """What is wrong, and where."""

    place: Place
    text: str
    line: int = 0  # 0: it has none


class SeedError(ValueError):
    """A seed cannot be used; nothing was changed. A sentence a line: file, line, member, remedy."""

    def __init__(self, problems: Iterable[Problem], file: str = "") -> None:
        self.problems = list(problems)
        told = [sentence(problem, file) for problem in self.problems[:PROBLEMS_TOLD]]
        if len(self.problems) > PROBLEMS_TOLD:
            told.append(f"... and {len(self.problems) - PROBLEMS_TOLD} more")
        super().__init__("\n".join(told))


def sentence(problem: Problem, file: str) -> str:
    """`seeds/ci.yaml:12: accounts[0].balances.USDT: what is wrong`."""
    where = f"{file}:{problem.line}" if file and problem.line else file
    return ": ".join(filter(None, (where, spelled(problem.place), problem.text)))


def spelled(place: Place) -> str:
    """`accounts[0].balances.USDT`."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if _PLAIN.fullmatch(step) else quoted(step)
            text += f".{name}" if text else name
    return text


def quoted(text: str) -> str:
    """Between quotation marks, on one line, and not longer than a reader wants."""
    cut = text if len(text) <= 40 else f"{text[:40]}..."
    return json.dumps(cut, ensure_ascii=not cut.isprintable())


def places(node: Node, place: Place = ()) -> Iterator[tuple[Place, int]]:
    """Everything in `node`, with its line."""
    yield place, node.line
    for step, known in _inside(node):
        yield from places(known, (*place, step))


def _inside(node: Node) -> Iterator[tuple[str | int, Node]]:
    if isinstance(node, Members):
        yield from node.nodes.items()
    elif isinstance(node, Items):
        yield from enumerate(node.nodes)


def line_of(node: Node, place: Place) -> int:
    """The line of what is at `place`, or of the nearest thing around it."""
    for step in place:
        nodes = dict(_inside(node))
        if step not in nodes:
            break
        node = nodes[step]
    return node.line


def plain(node: Node) -> Any:
    """The same as an object for JSON; every scalar is a text there, too."""
    if isinstance(node, Members):
        return {name: plain(member) for name, member in node.nodes.items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.nodes]
    return node.text


def node_of(value: Any, lines: Mapping[Place, int], place: Place = (), line: int = 0) -> Node:
    """The node of an object as JSON and TOML give it.

    Args:
        lines: Where they are known.
        line: Of what is around it.
    Raises:
        SeedError: a value of another kind, or in too many others.
    """
    line = lines.get(place, line)
    if len(place) > DEPTH_MAX:
        raise SeedError([Problem(place[:2], TOO_DEEP, line)])
    if isinstance(value, Mapping):
        return Members(
            {_name(name): node_of(of, lines, (*place, _name(name)), line)
             for name, of in value.items()},
            line,
        )  # fmt: skip
    if isinstance(value, list | tuple):
        nodes = [node_of(of, lines, (*place, index), line) for index, of in enumerate(value)]
        return Items(nodes, line)
    text = _text(value)
    if text is None and value is not None:
        problem = f"a value of the type {type(value).__name__} is none that a seed can have"
        raise SeedError([Problem(place, problem, line)])
    return Scalar(text, line)


def _name(name: object) -> str:
    return _text(name) or ""


def _text(value: object) -> str | None:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, int) and abs(value) >= 1 << 256:
        return f"0x{value:x}"  # no number that anything takes; decimal digits would take long
    if isinstance(value, str | int | float | Decimal):
        return str(value)
    return None
