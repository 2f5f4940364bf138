"""Data on stdout: tables that fit the terminal, aligned plain text elsewhere, or JSON.

No value is ever cut. A table that is too wide has its last column, the one with sentences, broken
between words; one that is still too wide becomes a block of lines for each row.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any

import click

from utabox.cli.printable import printable
from utabox.cli.terminal import coloured, width

GAP = "  "
WRAPPED_MIN = 24
"""Characters that a column of sentences must have to be readable."""

Cells = Sequence[str]


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A row for each of `rows`: on one line where there is room."""
    cells = [[_cell(value) for value in row] for row in rows]
    headed = [[column.upper() for column in columns], *cells]
    room = width()
    if room is None or _fits(headed, room):
        _show_lines(headed, room, headed=True)
        return
    for number, row in enumerate(cells):
        if number:
            click.echo()
        named = [[name, value] for name, value in zip(columns, row, strict=True) if value]
        _show_lines(named, room)


def show_fields(fields: Iterable[tuple[str, object]]) -> None:
    """One line a field: its name and its value."""
    _show_lines([[name, _cell(value)] for name, value in fields], width())


def show_json(value: Any) -> None:
    """Indented, and harmless for a terminal."""
    click.echo(json.dumps(value, indent=2))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False)
    return printable(str(value))


def _fits(lines: Sequence[Cells], room: int) -> bool:
    """Whether at most sentences of the last column must be broken."""
    *before, last = _widths(lines)
    words = max(_cells(word) for line in lines for word in line[-1].split() or [""])
    return _left(before, room) >= min(last, max(words, WRAPPED_MIN))


def _show_lines(lines: Sequence[Cells], room: int | None, headed: bool = False) -> None:
    """One line each, or more where the last column is broken, or has a word that needs its own.

    Args:
        room: Characters a line; None: no end.
        headed: The first line names the columns.
    """
    *before, last = _widths(lines)
    left = last if room is None else _left(before, room)
    colour = coloured()
    for number, (*cells, sentence) in enumerate(lines):
        padded = [_padded(cell, size) for cell, size in zip(cells, before, strict=True)]
        if colour and headed and not number:
            padded = [click.style(cell, bold=True) for cell in padded]
        elif colour and padded:
            padded[0] = click.style(padded[0], fg="cyan")
        if room is not None and left < max(map(_cells, sentence.split() or [""])) <= room - 2:
            click.echo(GAP.join(padded).rstrip())
            for part in _broken(sentence, room - 2):
                click.echo(f"  {part}")
            continue
        parts = _broken(sentence, left)
        click.echo(GAP.join((*padded, next(parts, ""))).rstrip())
        for part in parts:
            click.echo(" " * (sum(before) + len(GAP) * len(before)) + part)


def _broken(sentence: str, left: int) -> Iterator[str]:
    """Lines of whole words; where there is no room at all, the terminal breaks the line."""
    if _cells(sentence) <= left or left < WRAPPED_MIN // 2:
        return iter([sentence])
    return iter(textwrap.wrap(sentence, left, break_long_words=False, break_on_hyphens=False))


def _left(before: Sequence[int], room: int) -> int:
    """Characters for the last column, after the others."""
    return room - sum(before) - len(GAP) * len(before)


def _widths(lines: Sequence[Cells]) -> list[int]:
    return [max(map(_cells, column)) for column in zip_longest(*lines, fillvalue="")] or [0]


def _padded(cell: str, size: int) -> str:
    return cell + " " * (size - _cells(cell))


def _cells(text: str) -> int:
    """Places that `text` takes in a terminal: two for a Chinese character."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
