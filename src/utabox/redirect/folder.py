"""The folder of one run, which goes with it; and those of runs that were killed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PREFIX = "utabox-run-"
MADE = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")
"""The name of a folder of ours, as `mkdtemp` makes it."""
LOCK = "running"
SAYS = b"utabox run\n"
"""What is in the lock of a folder of ours: no other is ever removed, whatever its name."""
CONTENT = re.compile(
    r"running|shim|bin|begin\.sh|python|node|private|[a-z_]+\.pem|isolated-[a-z0-9_]{8}"
)
"""What can be in it."""

USUAL = ("/tmp", "/var/tmp", "/dev/shm")
"""Where it is made if not in TMPDIR."""
SHIM = "#!/bin/sh\nexit 0\n"
PROC = Path("/proc")
MARK = b"UTABOX_RUN_ID="
"""Every program of a run has its folder in this variable."""


class NoFolder(Exception):
    """There is no place for it. One sentence that says what to do."""


class Folder:
    """A new folder, where programs can be started. Everybody may read it, for the program may
    become another user; the parts that nobody may read have folders of their own.

    It is made in TMPDIR, or else in the first of the usual places that serves; one that other users
    cannot reach (a TMPDIR of mode 700) is taken if there is no better.

    Raises:
        NoFolder: there is no place for it.
    """

    def __init__(self) -> None:
        bases = _bases()
        self.path, self._lock = _made(bases)
        for base in bases:
            _sweep(base)

    def remove(self) -> None:
        """Take it away; or leave it, if programs of the run are still there, to the first run after
        their end. Idempotent."""
        if self._lock < 0:
            return
        if str(self.path) not in _in_use():
            shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)
        self._lock = -1


def share(folder: Path) -> None:
    """Let everybody read what is in it, whatever this user's umask is; but for the lock."""
    for path, folders, files in os.walk(folder):
        for each in (Path(path, name) for name in (*folders, *files) if name != LOCK):
            if not each.is_symlink():
                each.chmod(0o755 if each.stat().st_mode & stat.S_IXUSR else 0o644)


def _bases() -> list[Path]:
    """Where a folder may be, the user's TMPDIR first."""
    with suppress(FileNotFoundError):  # if nobody can write to any
        named = Path(tempfile.gettempdir())
        usual = [path for path in map(Path, USUAL) if path.is_dir()]
        return list(dict.fromkeys(path.resolve() for path in (named, *usual)))
    raise NoFolder("There is no place for the files of this run: name a folder in TMPDIR.")


def _made(bases: list[Path]) -> tuple[Path, int]:
    """The new folder, and its lock."""
    why: str | None = None
    for base in sorted(bases, key=lambda base: not _is_open(base)):
        try:
            if os.pathsep in str(base):
                raise NoFolder("its name has a colon, which PATH cannot have")
            path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
            try:
                return path, _prepared(path)
            except BaseException:
                shutil.rmtree(path, ignore_errors=True)
                raise
        except NoFolder as error:
            reason = str(error)
        except OSError as error:
            reason = error.strerror or str(error)
        if why is None or base == bases[0]:
            why = f"in {base}: {reason}"
    raise NoFolder(
        f"There is no place for the files of this run ({why}): name another in TMPDIR, which you "
        "can write to, and where programs can be started."
    )


def _prepared(folder: Path) -> int:
    """Lock it, and try it; the descriptor of the lock."""
    descriptor = _locked(folder)
    try:
        folder.chmod(0o755)
        shim = folder / "shim"
        shim.write_text(SHIM)
        shim.chmod(0o755)
        try:
            subprocess.run([shim], check=True, stdin=subprocess.DEVNULL, timeout=30)
        except (OSError, subprocess.SubprocessError):
            raise NoFolder("no program can be started there, as where it is noexec") from None
        shim.unlink()
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _is_open(base: Path) -> bool:
    """Whether other users can reach it."""
    with suppress(OSError):
        return all(path.stat().st_mode & stat.S_IXOTH for path in (base, *base.parents))
    return False


def _locked(folder: Path) -> int:
    """A descriptor that holds the lock of the folder for as long as this process lives."""
    new = folder / f"{LOCK}.new"
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, SAYS)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    new.rename(folder / LOCK)  # never seen unlocked
    return descriptor


def _sweep(base: Path) -> None:
    """Remove what killed runs of this user have left; nothing else, whatever it is called."""
    with suppress(OSError):
        named = [entry for entry in os.scandir(base) if MADE.fullmatch(entry.name)]
        left = {entry.path: lock for entry in named if (lock := _lock_of(entry)) is not None}
        used = _in_use() if left else set()
        for path, lock in left.items():
            try:
                if path not in used:
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def _lock_of(entry: os.DirEntry[str]) -> int | None:
    """The lock of a folder that a run has left, held; None: it is not ours, or its run lives."""
    with suppress(OSError):
        found = entry.stat(follow_symlinks=False)
        if found.st_uid != os.geteuid() or not entry.is_dir(follow_symlinks=False):
            return None
        if not all(CONTENT.fullmatch(each.name) for each in Path(entry.path).iterdir()):
            return None
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK
        lock = os.open(Path(entry.path, LOCK), flags)
        try:
            if os.read(lock, len(SAYS) + 1) == SAYS:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
        except OSError:
            os.close(lock)
            raise
        os.close(lock)
    return None


def _in_use() -> set[str]:
    """The folders of runs of which a program lives: what it starts finds our interpreters there.

    Only Linux tells, and only of programs that this user may look into.
    """
    return set(_named_in_environments()) if sys.platform == "linux" else set()


def _named_in_environments() -> Iterator[str]:
    with suppress(OSError):
        for entry in os.scandir(PROC):
            if entry.name.isdigit():
                with suppress(OSError):
                    given = Path(entry.path, "environ").read_bytes()
                    for pair in given.split(b"\0"):
                        if pair.startswith(MARK):
                            yield os.fsdecode(pair[len(MARK) :])
