"""The end of a program that would run unprotected."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` takes as long to import as all of this
    from typing import NoReturn

EXIT = 70  # EX_SOFTWARE


def end(sentence: str) -> NoReturn:
    """Say why, and end the process at once, whatever the program would make of an exception."""
    text = "utabox run: " + sentence + " The program was ended, so that nothing leaks.\n"
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:
        pass
    os._exit(EXIT)
