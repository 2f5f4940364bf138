"""stdin, stdout and stderr, in whatever state we were started with."""

from __future__ import annotations

import os
import sys


def open_what_is_closed() -> None:
    """`utabox serve >&-`: else a socket or the journal would become stdout."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))
