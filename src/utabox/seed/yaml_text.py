"""YAML as nodes: what stands there, not what YAML's older versions would make of it.

Scalars stay texts (`NO` is no boolean, 0123 not octal), because what they are is known from where
they stand. Tags and aliases are refused: a seed has no use for them, an attack has.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.reader import ReaderError

from utabox.seed.nodes import (
    DEPTH_MAX,
    Items,
    Members,
    Node,
    Place,
    Problem,
    Scalar,
    SeedError,
)

_NULLS = ("", "~", "null", "Null", "NULL")
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_OF_YAML = re.compile(r".?|<[a-z ]+>|\\.+")
"""What may stand in quotation marks in a message: a character, a token, an escape."""


class _Loader(yaml.SafeLoader):
    """The safe one, without aliases and tags, and not deeper than a seed can be."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if self.depth > DEPTH_MAX:
            raise _refused(event, "it is nested too deeply")
        if isinstance(event, yaml.AliasEvent):
            raise _refused(
                event, "an alias is not taken: write it out, or quote what begins with *"
            )
        if getattr(event, "tag", None) not in (None, "!"):
            raise _refused(event, "a tag is not taken: leave it out, or quote what begins with !")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refused(event: Any, problem: str) -> ComposerError:
    return ComposerError(None, None, problem, event.start_mark)


def read_yaml(text: str, file: str) -> Node:
    """The nodes of one document.

    Raises:
        SeedError: it is none, or has a key twice.
    """
    try:
        document = yaml.compose(text, Loader=_Loader)
        return Members({}, 1) if document is None else _node(document, ())
    except yaml.MarkedYAMLError as error:
        # Not "from error": that one has the line, as it is written.
        raise _no_yaml(*_told(error, text), file) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _no_yaml("a character that may not be in a text", line, file) from None
    except SeedError as error:
        raise SeedError(error.problems, file) from error
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError) as error:
        raise _no_yaml(f"it cannot be read ({type(error).__name__})", 1, file) from None


def _told(error: yaml.MarkedYAMLError, text: str) -> tuple[str, int]:
    """What is wrong, and in which line; of what does not end, where it begins."""
    mark, problem = error.problem_mark, error.problem or "it cannot be read"
    end = len(text.rstrip())
    if error.context_mark is not None and (mark is None or mark.index >= end):
        mark, problem = error.context_mark, f"{error.context}, {problem}"
    beyond = len(_BREAK.findall(text, end, mark.index)) if mark else 0
    return _without_texts(problem), mark.line - beyond + 1 if mark else 1


def _without_texts(problem: str) -> str:
    """A message of the parser without what it repeats of the text: that may be a secret."""
    return _QUOTED.sub(lambda quoted: quoted[0] if _OF_YAML.fullmatch(quoted[1] or quoted[2] or "")
                       else "what stands here", problem)  # fmt: skip


def _no_yaml(problem: str, line: int, file: str) -> SeedError:
    return SeedError([Problem((), f"this is no YAML: {problem}", line)], file)


def _node(node: yaml.Node, place: Place, line: int = 0) -> Node:
    """Args: line: of the key, or 0: where it begins itself."""
    line = line or node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        null = node.style is None and node.value in _NULLS
        return Scalar(None if null else node.value, line)
    if isinstance(node, yaml.SequenceNode):
        return Items([_node(item, (*place, at)) for at, item in enumerate(node.value)], line)
    nodes: dict[str, Node] = {}
    for key, value in node.value:
        at = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise SeedError([Problem(place, "a member's name is a text: write it so", at)])
        name = (*place, key.value)
        if key.value in nodes:
            first = nodes[key.value].line
            raise SeedError([Problem(name, f"it is there twice, first in line {first}", at)])
        nodes[key.value] = _node(value, name, at)
    return Members(nodes, line)
