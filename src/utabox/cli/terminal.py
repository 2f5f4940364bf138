"""What the terminal is like."""

from __future__ import annotations

import os
import shutil
import sys


def on_terminal() -> bool:
    """Whether stdout is one; it may also be closed."""
    return sys.stdout is not None and sys.stdout.isatty()


def coloured() -> bool:
    """Whether lines on stdout are to have colour."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return on_terminal() and wanted


def width() -> int | None:
    """Characters a line; None: as many as there are."""
    return shutil.get_terminal_size().columns if on_terminal() else None
