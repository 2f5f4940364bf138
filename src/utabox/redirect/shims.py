"""Programs that come first on PATH, and put back what leads the program of the same name to us.

A line such as `PYTHONPATH=. python bot.py`, or a script of npm that sets NODE_OPTIONS, takes what
we load in Python and Node away. The name `python` is one of ours first: it puts its variables back
and becomes the next `python` of PATH, by its own path, so that a virtual environment is found. So
it is with `pytest` and other scripts, and with what chooses among versions (pyenv, uv, volta).

The name `utabox` is there as well, and becomes the utabox that is running: a program finds its
server by it, wherever utabox is installed.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from utabox.redirect.surroundings import DROPPED, Places, fixed, python_path, required

INTERPRETER = re.compile(
    r"(python|pypy)[0-9.]*|node(js)?"
    # Those that put another interpreter first on PATH, and start it:
    r"|uvx?|poetry|pdm|hatch|pipenv|rye|pixi|conda|mamba|micromamba|tox|nox"
    r"|n[pv]m|npx|pnpx?|yarn|corepack|fnm|pyenv|nodenv|asdf|volta|mise|rtx|direnv"
)
STARTS_ONE = re.compile(rb"python|pypy|node|pyenv|asdf|volta|mise\b")
"""What a script of a shell mentions that becomes an interpreter of one of several versions, or one
whose path is too long for a first line (pip writes such)."""
OF_VERSIONS = re.compile(
    r"/\.?(pyenv|nodenv|asdf|mise|rtx|proto|rye|pyenv-win)(/.*)?/shims|/\.?volta/bin"
)
"""Folders in which every program is one of these, whatever it is made of."""
SOURCED = re.compile(r"(de)?activate|.*\.(sh|bash|zsh|fish|csh)")
"""What a shell may read by its name, to be changed by it: one of ours would be the end of it."""
OF_THE_SYSTEM = frozenset(("/usr/bin", "/bin", "/usr/sbin", "/sbin"))
"""Where scripts are many, and not looked at: their interpreters are."""
SCRIPTS_MAX = 2_000
FIRST_LINE_MAX = 256
SCRIPT_MAX = 4_096
"""Bytes of a shell's script that are looked at."""
ESCAPES = {
    "su": "sets the environment anew, if it starts a login shell",
    "runuser": "sets the environment anew, if it starts a login shell",
    "sudo": "sets the environment anew, but for what its settings keep",
    "doas": "sets the environment anew, but for what its settings keep",
    "pkexec": "sets the environment anew",
    "docker": "has programs started by a daemon, with another environment",
    "docker-compose": "has programs started by a daemon, with another environment",
    "podman": "starts programs in a container, with another environment",
    "nerdctl": "has programs started by a daemon, with another environment",
    "kubectl": "has programs started by a cluster, with another environment",
    "systemd-run": "has programs started by systemd, with another environment",
    "machinectl": "has programs started by systemd, with another environment",
    "tmux": "has programs started by its server, which may have been running before",
    "screen": "has programs started by its server, which may have been running before",
    "at": "has programs started by a daemon",
    "batch": "has programs started by a daemon",
    "ssh": "starts programs on another machine",
}
"""Programs that start others which we do not lead, and why."""
AS_CHILDREN = frozenset(("su", "runuser", "sudo", "doas", "pkexec"))
"""Those of them whose programs are their children, and stay where they are isolated."""

BEGIN = """\
# utabox run: put back what leads a program to utabox.
{fixed}
unset {dropped} 2>/dev/null
case ${{PYTHONPATH-}} in
  {python} | {python}:*) ;;
  *) PYTHONPATH={python}${{PYTHONPATH:+:$PYTHONPATH}} ;;
esac
case ${{NODE_OPTIONS-}} in
  {node}*) ;;
  *) NODE_OPTIONS={node}"${{NODE_OPTIONS:+ $NODE_OPTIONS}}" ;;
esac
: "${{UTABOX_URL:={url}}}"
export PYTHONPATH NODE_OPTIONS UTABOX_URL
"""
BECOME_THE_NEXT = """\
#!/bin/sh
# utabox run: be led, and become the next of this name on PATH.
case $0 in
  {name} | */{name}) ;;
  *) . {found}; return ;;  # a shell has read it by its name
esac
. {begin}
case :$PATH: in
  *:{shims}:*) ;;
  *) exec {found} "$@" ;;  # it was looked up before PATH changed
esac
set -f
IFS=:
_utabox_path=
for _utabox_folder in $PATH; do
  if [ "$_utabox_folder" != {shims} ]; then
    _utabox_path=${{_utabox_path:+$_utabox_path:}}${{_utabox_folder:-.}}
  fi
done
for _utabox_folder in $_utabox_path; do
  set -- "$_utabox_folder"/{name} "$@"
  if [ -f "$1" ] && [ -x "$1" ]; then
    case $_utabox_folder in
      */shims | */volta/bin | */.volta/bin) PATH=$_utabox_path ;;  # it would find us again
    esac
    unset IFS _utabox_folder _utabox_path
    exec "$@"
  fi
  shift
done
exec {found} "$@"
"""
BECOME_UTABOX = """\
#!/bin/sh
. {begin}
exec {python} -P -m utabox "$@"
"""
UTABOX = "utabox"


def make(places: Places, environment: Mapping[str, str]) -> None:
    """Write them for every interpreter, and script of one, that is on the user's PATH, and
    `utabox`."""
    places.shims.mkdir()
    begin = places.shims.with_name("begin.sh")
    begin.write_text(_begin(places), "utf-8", "surrogateescape")
    known = {"begin": shlex.quote(str(begin)), "shims": shlex.quote(str(places.shims))}
    python = shlex.quote(sys.executable)
    _write(places.shims / UTABOX, BECOME_UTABOX.format(python=python, **known))
    for name, found in _names(environment.get("PATH", os.defpath)):
        # A file for each: who resolves links must not come to another name.
        quoted = {"name": shlex.quote(name), "found": shlex.quote(found)}
        _write(places.shims / name, BECOME_THE_NEXT.format(**quoted, **known))


def escapes(program: Sequence[str], *, isolated: bool = False) -> str:
    """A sentence on a program that starts others which are not led; empty: it is none of those.

    Args:
        isolated: Whether it is run by --isolate, which holds all of its children.
    """
    name = os.path.basename(program[0]) if program else ""  # noqa: PTH119 - it may be any text
    if name not in ESCAPES or (isolated and name in AS_CHILDREN):
        return ""
    better = f"let {name} start `utabox run`" + (
        ", or use --isolate" if name in AS_CHILDREN else ""
    )
    return f"{name} {ESCAPES[name]}: what it starts may reach the real exchange; {better}"


def _begin(places: Places) -> str:
    exports = [f"export {name}={shlex.quote(value)}" for name, value in fixed(places).items()]
    return BEGIN.format(
        fixed="\n".join(exports),
        dropped=" ".join(name for name in DROPPED if not name.startswith("UTABOX")),
        python=shlex.quote(python_path(places)),
        node=shlex.quote(required(places.node)),
        url=shlex.quote(places.url),
    )


def _write(path: Path, script: str) -> None:
    path.write_text(script, "utf-8", "surrogateescape")
    path.chmod(0o755)


def _names(path: str) -> Iterator[tuple[str, str]]:
    """Each name, and where it is found."""
    seen = {UTABOX}
    for folder in dict.fromkeys(path.split(os.pathsep)):
        with suppress(OSError):
            for entry in list(os.scandir(folder or "."))[: SCRIPTS_MAX * 2]:
                if entry.name not in seen and _is_one(entry, folder) and len(seen) < SCRIPTS_MAX:
                    seen.add(entry.name)
                    yield entry.name, os.path.abspath(entry.path)  # noqa: PTH100 - no links


def _is_one(entry: os.DirEntry[str], folder: str) -> bool:
    """Whether it is an interpreter, or what becomes one."""
    chooses = OF_VERSIONS.search(os.path.normpath(folder)) and not SOURCED.fullmatch(entry.name)
    if INTERPRETER.fullmatch(entry.name) or chooses:
        return entry.is_file() and os.access(entry.path, os.X_OK)
    if os.path.normpath(folder) in OF_THE_SYSTEM or SOURCED.fullmatch(entry.name):
        return False
    with suppress(OSError):
        if entry.is_file() and os.access(entry.path, os.X_OK):
            with open(entry.path, "rb") as file:  # noqa: PTH123 - there may be many
                line = file.read(FIRST_LINE_MAX)
                if not line.startswith(b"#!"):
                    return False
                line, _, rest = line.partition(b"\n")
                if b"python" in line or b"node" in line:
                    return True
                if line.endswith(b"sh") or b"sh " in line:
                    return bool(STARTS_ONE.search(rest + file.read(SCRIPT_MAX)))
    return False
