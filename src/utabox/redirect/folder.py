"""The folder of one run, which goes with it; and those of runs that were killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "utabox-run-"
LOCK = "running"
UNFINISHED_S = 3_600
"""After this, a folder without a lock is of a run that was killed while it made it."""


class NoFolder(Exception):
    """There is no place for it. One sentence that says what to do."""


class Folder:
    """A new folder. Everybody may read it, for the program may become another user; the parts
    that nobody may read have folders of their own.

    Raises:
        NoFolder: there is no place for it.
    """

    def __init__(self) -> None:
        try:
            base = Path(tempfile.gettempdir())
            self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base)).resolve()
        except OSError as error:
            raise NoFolder(
                f"There is no place for the files of this run ({error.strerror or error}): name a "
                "folder that you can write to in TMPDIR."
            ) from error
        try:
            self._lock = _locked(self.path)
            self.path.chmod(0o755)
            if os.pathsep in str(self.path):
                raise NoFolder(
                    f"The folder {base} has a colon in its name, which PATH cannot have: name "
                    "another in TMPDIR."
                )
            _sweep(base)
        except BaseException:
            shutil.rmtree(self.path, ignore_errors=True)
            raise

    def remove(self) -> None:
        """Take it away. Idempotent."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _locked(folder: Path) -> int:
    """A descriptor that holds the lock of the folder for as long as this process lives."""
    new = folder / f"{LOCK}.new"
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    new.rename(folder / LOCK)  # never seen unlocked
    return descriptor


def _sweep(base: Path) -> None:
    """Remove what killed runs of this user have left."""
    with suppress(OSError):
        for entry in os.scandir(base):
            if entry.name.startswith(PREFIX) and _is_left(entry):
                shutil.rmtree(entry.path, ignore_errors=True)


def _is_left(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):
        found = entry.stat(follow_symlinks=False)
        if found.st_uid != os.geteuid() or not entry.is_dir(follow_symlinks=False):
            return False
        try:
            descriptor = os.open(Path(entry.path, LOCK), os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            return time.time() - found.st_mtime > UNFINISHED_S
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.close(descriptor)
        return True
    return False
