"""Programs that come first on PATH, and put back what leads the program of the same name to us.

A line such as `PYTHONPATH=. python bot.py`, or a script of npm that sets NODE_OPTIONS, takes what
we load in Python and Node away. The name `python` is one of ours first: it puts its variables back
and becomes the next `python` of PATH, by its own path, so that a virtual environment is found.

The name `utabox` is there as well, and becomes the utabox that is running: a program finds its
server by it, wherever utabox is installed.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from utabox.redirect.surroundings import DROPPED, Places, fixed, required

INTERPRETER = re.compile(r"(python|pypy)[0-9.]*|node(js)?")
OF_THE_SYSTEM = frozenset(("/usr/bin", "/bin", "/usr/sbin", "/sbin"))
"""Where scripts are many, and not looked at: their interpreters are."""
SCRIPTS_MAX = 2_000
FIRST_LINE_MAX = 256

BEGIN = """\
#!/bin/sh
# utabox run: put back what leads this program to utabox, and become {become}.
{fixed}
unset {dropped} 2>/dev/null
case ${{PYTHONPATH-}} in
  {python} | {python}:*) ;;
  *) PYTHONPATH={python}${{PYTHONPATH:+:$PYTHONPATH}} ;;
esac
case ${{NODE_OPTIONS-}} in
  *{node}*) ;;
  *) NODE_OPTIONS="${{NODE_OPTIONS:+$NODE_OPTIONS }}"{node} ;;
esac
: "${{UTABOX_URL:={url}}}"
export PYTHONPATH NODE_OPTIONS UTABOX_URL
"""
BECOME_THE_NEXT = """\
set -f
IFS=:
for _utabox_folder in $PATH; do
  if [ "$_utabox_folder" != {shims} ]; then
    set -- "${{_utabox_folder:-.}}/${{0##*/}}" "$@"
    if [ -f "$1" ] && [ -x "$1" ]; then
      unset IFS _utabox_folder
      exec "$@"
    fi
    shift
  fi
done
echo "${{0##*/}}: not found" >&2
exit 127
"""
BECOME_UTABOX = """\
exec {python} -P -m utabox "$@"
"""
UTABOX = "utabox"


def make(places: Places, environment: Mapping[str, str]) -> None:
    """Write them for every interpreter, and script of one, that is on the user's PATH, and
    `utabox`."""
    places.shims.mkdir()
    become = BECOME_UTABOX.format(python=shlex.quote(sys.executable))
    _write(places.shims / UTABOX, _begin(places, "the utabox that is running") + become)
    become = BECOME_THE_NEXT.format(shims=shlex.quote(str(places.shims)))
    script = _begin(places, "the next of its name on PATH") + become
    first: Path | None = None
    for name in _names(environment.get("PATH", os.defpath)):
        path = places.shims / name
        if first is None:
            _write(path, script)
            first = path
        else:
            path.symlink_to(first.name)


def _begin(places: Places, become: str) -> str:
    exports = [f"export {name}={shlex.quote(value)}" for name, value in fixed(places).items()]
    return BEGIN.format(
        become=become,
        fixed="\n".join(exports),
        dropped=" ".join(name for name in DROPPED if not name.startswith("UTABOX")),
        python=shlex.quote(str(places.python)),
        node=shlex.quote(required(places.node)),
        url=shlex.quote(places.url),
    )


def _write(path: Path, script: str) -> None:
    path.write_text(script, "utf-8", "surrogateescape")
    path.chmod(0o755)


def _names(path: str) -> Iterator[str]:
    seen = {UTABOX}
    for folder in dict.fromkeys(path.split(os.pathsep)):
        with suppress(OSError):
            for entry in list(os.scandir(folder or "."))[: SCRIPTS_MAX * 2]:
                if entry.name not in seen and _is_one(entry, folder) and len(seen) < SCRIPTS_MAX:
                    seen.add(entry.name)
                    yield entry.name


def _is_one(entry: os.DirEntry[str], folder: str) -> bool:
    """Whether it is an interpreter, or a script that names one by its path."""
    if INTERPRETER.fullmatch(entry.name):
        return os.access(entry.path, os.X_OK)
    if os.path.normpath(folder) in OF_THE_SYSTEM:
        return False
    with suppress(OSError):
        if entry.is_file() and os.access(entry.path, os.X_OK):
            with open(entry.path, "rb") as file:  # noqa: PTH123 - there may be many
                line = file.read(FIRST_LINE_MAX).partition(b"\n")[0]
            return line.startswith(b"#!") and (b"python" in line or b"node" in line)
    return False
