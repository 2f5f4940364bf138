"""Data on stdout: tables with colour on a terminal, aligned plain text elsewhere, or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

import click

from utabox.cli.printable import printable

WHOLE_MAX = 40
"""Characters of a cell that are not broken into lines, but for the last column's."""


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """One line a row."""
    cells = [[_cell(value) for value in row] for row in rows]
    if sys.stdout.isatty():
        _show_rich(columns, cells)
    else:
        _show_plain([[column.upper() for column in columns], *cells])


def show_fields(fields: Iterable[tuple[str, object]]) -> None:
    """One line a field: its name and its value."""
    cells = [[name, _cell(value)] for name, value in fields]
    if sys.stdout.isatty():
        _show_rich(("", ""), cells)
    else:
        _show_plain(cells)


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


def _show_plain(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip_longest(*lines, fillvalue="")]
    for line in lines:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        click.echo("  ".join(padded).rstrip())


def _show_rich(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    headed = any(columns)
    table = Table(box=box.SIMPLE_HEAD if headed else None, show_header=headed, pad_edge=False)
    for number, column in enumerate(columns):
        longest = max((len(line[number]) for line in lines), default=0)
        # What is narrowed first is the last column, the one with sentences.
        least = min(longest, WHOLE_MAX) if number < len(columns) - 1 else 0
        style = "cyan" if number == 0 else ""
        table.add_column(column, style=style, overflow="fold", min_width=least)
    for line in lines:
        table.add_row(*map(Text, line))
    Console(highlight=False).print(table)
