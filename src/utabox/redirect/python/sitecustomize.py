"""Python runs this first, under `utabox run`: it loads `_utabox_run`, which stands beside it.

In words that Python 2 reads as well: a Python that cannot run the rest would say that this module
has an error, and go on to trade for real. So whatever fails here ends it.
"""

import os
import sys

EXIT = 70  # EX_SOFTWARE
PREFIX = "UTABOX_RUN_"
OLDEST = (3, 8)


def _end(why):
    # type: (str) -> None
    """Say why, and end the process at once."""
    text = "utabox run: " + why + " The program was ended, so that nothing leaks.\n"
    try:
        os.write(2, text.encode("ascii", "replace"))
    finally:
        os._exit(EXIT)


def _is_led():
    # type: () -> bool
    """Whether this Python is run by us; else it has found this folder by itself."""
    return any(name.startswith(PREFIX) for name in os.environ)


def _begin():
    # type: () -> None
    try:
        import _utabox_run  # type: ignore[import-not-found]
    except BaseException as error:
        if _is_led():
            _end("Python cannot be led to your utabox (" + repr(error) + ").")
    else:
        _utabox_run.begin()


if __name__ == "sitecustomize":
    if sys.version_info >= OLDEST:
        _begin()
    # Where there is no way out, an old Python needs nothing of us.
    elif _is_led() and os.environ.get(PREFIX + "ISOLATED") != "1":
        _end(
            "this is Python "
            + sys.version.split()[0]
            + ", and 3.8 is the oldest that can be led to your utabox without --isolate."
        )
