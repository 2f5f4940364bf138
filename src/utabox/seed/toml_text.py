"""TOML as nodes. The standard library reads it and tells no lines: a second pass finds them.

That pass follows a text that was found to be TOML already, so it only has to know where keys,
strings and brackets begin and end.
"""

from __future__ import annotations

import re
import tomllib

from utabox.seed.nodes import DEPTH_MAX, TOO_DEEP, Node, Place, Problem, SeedError, node_of

_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'",
    re.DOTALL,
)
_OTHER = re.compile(r"[^,\]}#\n]*")
_DIGITS_MAX = 4_000  # about as many as the standard library reads
_TOKEN = re.compile(
    rf"(?P<skipped>{_STRING.pattern}|#[^\n]*)"
    r"|(?P<opening>[\[{])|(?P<closing>[\]}])|(?P<digits>[0-9][0-9_]*)",
    re.DOTALL,
)


class _Number(str):
    """A number as it is written, so that no digit is lost."""

    __slots__ = ()


def read_toml(text: str, file: str) -> Node:
    """The nodes of a document.

    Raises:
        SeedError: it is none, or has a key twice.
    """
    text = text.replace("\r\n", "\n")
    try:
        document = tomllib.loads(text, parse_float=_Number)
        return node_of(document, Lines(text).by_place)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        problem = f"this is no TOML: {_AT_LINE.sub('', str(error))}"
        raise SeedError([Problem((), problem, line)], file) from error
    except RecursionError as error:
        raise SeedError([Problem((), TOO_DEEP, _line_of_depth(text))], file) from error
    except SeedError as error:
        raise SeedError(error.problems, file) from error
    except ValueError as error:
        problem = "a seed has no number of thousands of digits: write a shorter one"
        raise SeedError([Problem((), problem, _line_of_digits(text))], file) from error


def _line_of_depth(text: str) -> int:
    """Where a bracket is in more of them than a seed can have."""
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += bool(token["opening"]) - bool(token["closing"])
        if depth > DEPTH_MAX:
            return _line_at(text, token)
    return 1


def _line_of_digits(text: str) -> int:
    """Where a number is longer than can be read."""
    for token in _TOKEN.finditer(text):
        if len((token["digits"] or "").replace("_", "")) > _DIGITS_MAX:
            return _line_at(text, token)
    return 1


def _line_at(text: str, token: re.Match[str]) -> int:
    return text.count("\n", 0, token.start()) + 1


class Lines:
    """In which line of a TOML text everything is."""

    def __init__(self, text: str) -> None:
        self.by_place: dict[Place, int] = {(): 1}
        self._text = text
        self._at = 0
        self._counted = 0
        self._line = 1
        self._lengths: dict[Place, int] = {}  # of arrays of tables
        table: Place = ()
        while self._skip(_GAP) < len(text):
            if text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at

    def _note(self, place: Place) -> None:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        self.by_place.setdefault(place, self._line)

    def _header(self) -> Place:
        array = self._text.startswith("[[", self._at)
        self._at += 2 if array else 1
        *around, last = self._key()
        self._at += 2 if array else 1
        place: Place = ()
        for name in around:
            place = self._inside((*place, name))
            self._note(place)
        place = (*place, last)
        if array:
            self._note(place)
            self._lengths[place] = self._lengths.get(place, 0) + 1
            place = self._inside(place)
        self._note(place)
        return place

    def _inside(self, place: Place) -> Place:
        """The last table of an array of tables; else the place itself."""
        length = self._lengths.get(place)
        return place if length is None else (*place, length - 1)

    def _key(self) -> list[str]:
        """A key, and the dots in it."""
        names = []
        while True:
            self._skip(_BLANK)
            found = _BARE_KEY.match(self._text, self._at) or _STRING.match(self._text, self._at)
            assert found is not None
            self._at = found.end()
            name = found[0]
            if name[0] in "\"'":
                name = tomllib.loads(f"name = {name}")["name"]
            names.append(name)
            self._skip(_BLANK)
            if self._text[self._at] != ".":
                return names
            self._at += 1

    def _pair(self, table: Place) -> None:
        place = table
        for name in self._key():
            place = (*place, name)
            self._note(place)
        self._at += 1  # =
        self._skip(_BLANK)
        self._value(place)

    def _value(self, place: Place) -> None:
        opening = self._text[self._at]
        if opening in "\"'":
            self._skip(_STRING)
        elif opening == "[":
            self._array(place)
        elif opening == "{":
            self._inline_table(place)
        else:
            self._skip(_OTHER)

    def _array(self, place: Place) -> None:
        self._at += 1
        index = 0
        while self._text[self._skip(_GAP)] != "]":
            self._note((*place, index))
            self._value((*place, index))
            index += 1
            if self._text[self._skip(_GAP)] == ",":
                self._at += 1
        self._at += 1

    def _inline_table(self, place: Place) -> None:
        self._at += 1
        while self._text[self._skip(_GAP)] != "}":
            self._pair(place)
            if self._text[self._skip(_GAP)] == ",":
                self._at += 1
        self._at += 1
