"""A data directory and its single owner.

DIR/utabox.lock              the owner's process id, locked while it lives
DIR/secrets.key              opens the API secrets that the journals hold, see `seal`
DIR/venues/<name>.sqlite3    one journal per venue
"""

import errno
import os
import re
import stat
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from utabox.journal import JournalError, JournalInUse

if sys.platform == "win32":
    import msvcrt

    _LOCKED_OFFSET = 1 << 30  # a locked byte cannot be read, so it lies beyond the process id

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_OFFSET, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


# Lower case only: some file systems take two spellings for one file.
VENUE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_SUFFIX = ".sqlite3"
_OUR_LOCK = re.compile(rb"[0-9]{0,20}\n?")
# A link could lead to a file of somebody else's. Windows has no such flag, and rarely a link.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class DataFolder:
    """A data directory, owned by this object until it is closed or the process ends.

    The operating system drops the lock of a dead process, so a lock file that was left behind
    keeps nobody out.

    Args:
        path: The directory, as `--data` names it.
        create: Make it, mode 0700, if it is missing. What only reads (`verify`) passes False;
            then a folder that may not be written is owned as far as that can be: see `locked`.
    Raises:
        JournalInUse: another process, or another object of this one, owns it.
        JournalError: it is missing and `create` is False, or it cannot be used.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self.path = path
        self._advice = ", or choose another --data folder" if create else " first"
        self._lock_path = path / "utabox.lock"
        self._venues = path / "venues"
        self._descriptor: int | None = None
        try:
            if path.exists() and not path.is_dir():
                raise JournalError(f"{path} is not a folder: give the path of a data folder.")
            if not create and not path.exists():
                raise JournalError(f"There is no data folder {path}: check the path.")
            if create:
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._venues.mkdir(mode=0o700, exist_ok=True)
            self._descriptor = self._take_ownership(os.O_RDWR | os.O_CREAT)
        except OSError as error:
            if not create and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
                self._descriptor = self._take_ownership_without_writing()
                return
            raise self._unusable(error) from error

    @property
    def locked(self) -> bool:
        """Whether others are kept out: not in a folder that nobody here could lock."""
        return self._descriptor is not None

    def _take_ownership_without_writing(self) -> int | None:
        """The lock alone; None where there is no lock file, or it may not be read."""
        try:
            return self._take_ownership(os.O_RDONLY)
        except (FileNotFoundError, PermissionError):
            return None
        except OSError as error:
            raise self._unusable(error) from error

    def _take_ownership(self, flags: int) -> int:
        try:
            descriptor = os.open(self._lock_path, flags | _NO_LINK, 0o600)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise self._foreign("is a link") from error
            raise
        try:
            self._lock(descriptor)
            content = os.read(descriptor, 64)
            if not _OUR_LOCK.fullmatch(content):
                raise self._foreign("is a file of something else")
            if flags & os.O_RDWR:
                os.ftruncate(descriptor, 0)
                os.lseek(descriptor, 0, os.SEEK_SET)
                os.write(descriptor, b"%d\n" % os.getpid())
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _lock(self, descriptor: int) -> None:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise self._foreign("is no regular file")
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError) as error:  # msvcrt says EACCES
            owner = os.read(descriptor, 64)
            known = owner.decode().strip() if _OUR_LOCK.fullmatch(owner) else ""
            raise JournalInUse(
                f"The data folder {self.path} is in use by process {known or 'unknown'}: stop "
                f"that process{self._advice}."
            ) from error

    def _foreign(self, what: str) -> JournalError:
        return JournalError(
            f"{self._lock_path} {what}, not the lock file of utabox: move it away{self._advice}."
        )

    def _unusable(self, error: OSError) -> JournalError:
        return JournalError(
            f"The data folder {self.path} cannot be used ({error.strerror}): make it writable "
            f"for this user{self._advice}."
        )

    @property
    def key_path(self) -> Path:
        """The key file of `seal.Sealer.from_file`."""
        return self.path / "secrets.key"

    def venue_path(self, name: str) -> Path:
        """The journal of venue `name`, whether it exists or not.

        Raises:
            ValueError: the name could leave the directory or collide on some file system.
        """
        if not VENUE_NAME.fullmatch(name):
            raise ValueError(
                f"venue name {name!r} is not 1 to 64 of a-z, 0-9, - and _, "
                "beginning with a letter or digit"
            )
        return self._venues / f"{name}{_SUFFIX}"

    def venues(self) -> list[str]:
        """The names of the venues that have a journal here, sorted."""
        names = (path.name.removesuffix(_SUFFIX) for path in self._venues.glob(f"*{_SUFFIX}"))
        return sorted(name for name in names if VENUE_NAME.fullmatch(name))

    def close(self) -> None:
        """Let go of the directory. Idempotent.

        The lock file stays: whoever removed it could remove the one of the next owner.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def place(temporary: Path, path: Path) -> None:
    """Give a finished file its name: all of it or nothing, never over another file, durably.

    Raises:
        FileExistsError: `path` exists; `temporary` is left.
        OSError: the file system refused.
    """
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # unlike a rename, it never replaces
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links; the folder's lock keeps others out
        if path.exists():
            raise FileExistsError(path) from None
        temporary.rename(path)
    else:
        temporary.unlink()
    _sync_folder(path.parent)


def replace(temporary: Path, path: Path) -> None:
    """Put a finished file in place of another: the one or the other is there, durably.

    Raises:
        OSError: the file system refused; `path` is as it was.
    """
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
