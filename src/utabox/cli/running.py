"""Where a running server leaves its control token, and where the other commands find it.

One file for each port, readable by its owner only, in the user's state folder.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import platformdirs

from utabox.cli.wire import on_this_machine

REACHED_S = 0.5
"""How long a server on this machine may take to accept a connection."""


def announce(url: str, token: str) -> Path:
    """Write the file of the server at `url`, replacing the one of a server that died.

    Raises:
        OSError: the folder cannot be written.
    """
    path = _path(url)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_the_dead(path.parent)
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"url": url, "token": token, "pid": os.getpid()}, file)
    temporary.replace(path)
    return path


def withdraw(path: Path) -> None:
    """Remove the file, unless another server has replaced it."""
    if _read(path).get("pid") == os.getpid():
        with suppress(OSError):
            path.unlink()


def token_of(url: str) -> str | None:
    """The control token of the server at `url`, if it runs as this user on this machine."""
    path = _path(url)
    found = _read(path)
    known = str(found.get("url", ""))
    if known == url or (on_this_machine(known) and on_this_machine(url)):
        return str(found["token"])
    return None


def running() -> list[str]:
    """The URLs of this user's servers on this machine that can be reached now."""
    from utabox.cli.serve import usable_url

    known = (str(_read(path).get("url", "")) for path in sorted(_folder().glob("*.json")))
    return [usable_url(url) for url in known if on_this_machine(url) and _is_open(usable_url(url))]


def _is_open(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 80), REACHED_S):
            return True
    except OSError:
        return False


def _forget_the_dead(folder: Path) -> None:
    """Remove what killed servers left."""
    if sys.platform == "win32":
        return  # asking whether a process lives could end it there
    for path in folder.glob("*.json"):
        pid = _read(path).get("pid")
        if not isinstance(pid, int) or pid <= 0:
            continue
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(OSError):
                path.unlink()
        except (OSError, OverflowError):
            continue  # another user's, or no process id at all


def _path(url: str) -> Path:
    return _folder() / f"{urlsplit(url).port or 80}.json"


def _folder() -> Path:
    return Path(platformdirs.user_state_dir("utabox", appauthor=False)) / "servers"


def _read(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and "token" in found else {}
