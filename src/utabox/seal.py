"""API secrets at rest: sealed in the journal, opened with a key that lies beside it.

A copied journal alone gives no secrets away. `cryptography` is imported with the first secret,
because it takes longer to load than the rest of a start.
"""

import os
import stat
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from utabox.journal.folder import place

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"  # AES-256-GCM: version, nonce, ciphertext and tag
_KEY_BYTES = 32
_NONCE_BYTES = 12


class SealError(Exception):
    """A secret or the key cannot be used. One sentence: file, and what to do."""


class Sealer:
    """Seals and opens secrets with one key.

    Random nonces are safe for some 2**32 secrets per key, more than a data folder will hold.

    Args:
        key: 32 bytes.
        origin: Where the key is from, as error messages name it.
    """

    def __init__(self, key: bytes, origin: str = "in memory") -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError(f"a key has {_KEY_BYTES} bytes, not {len(key)}")
        self._key, self._origin = key, origin

    @classmethod
    def ephemeral(cls) -> Self:
        """A sealer for stores that end with the process: nobody keeps its key."""
        return cls(os.urandom(_KEY_BYTES))

    @classmethod
    def from_file(cls, path: Path, *, create: bool = False) -> Self:
        """The sealer of a data folder.

        Args:
            path: The key file: 32 bytes, readable by its owner only.
            create: Make it, with a random key, if it is missing. Only for a folder whose
                journals hold no sealed secrets: a new key opens none of them.
        Raises:
            SealError: it is missing, readable by others, of a wrong size, or unreadable.
        """
        try:
            if create and not path.exists():
                _create(path)
            return cls(_read(path), f"of {path}")
        except FileNotFoundError as error:
            raise SealError(
                f"The journal holds sealed secrets but the key file {path} is missing: restore "
                "it, or start with a new --data folder."
            ) from error
        except OSError as error:
            raise SealError(
                f"The key file {path} cannot be used ({error.strerror}): make it readable for "
                "this user, or start with a new --data folder."
            ) from error

    def seal(self, secret: bytes, context: bytes) -> bytes:
        """`secret` encrypted and bound to `context`, the id of its API key.

        Returns:
            29 bytes more than `secret`, different every time.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The secret that was sealed for `context`.

        Raises:
            SealError: it was sealed with another key, for another context or by a newer utabox,
                or it is damaged.
        """
        from cryptography.exceptions import InvalidTag

        whose = context.decode(errors="replace")
        version, nonce, encrypted = (
            sealed[:1],
            sealed[1 : 1 + _NONCE_BYTES],
            sealed[1 + _NONCE_BYTES :],
        )
        if version != _VERSION:
            raise SealError(
                f"The secret of API key {whose} is sealed in the unknown format "
                f"{version.hex() or 'of no bytes'}: use the utabox version that wrote it."
            )
        try:
            return self._cipher.decrypt(nonce, encrypted, context)
        except (InvalidTag, ValueError) as error:  # ValueError: the nonce is cut off
            raise SealError(
                f"The secret of API key {whose} does not open with the key {self._origin}: restore "
                "the key file of this journal, or start with a new --data folder."
            ) from error

    @cached_property
    def _cipher(self) -> "AESGCM":
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._key)


def _create(path: Path) -> None:
    descriptor, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
        place(temporary, path)
    except FileExistsError:
        pass  # another process was first, and its key is as good
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if sys.platform != "win32" and mode & 0o077:  # Windows keeps no such bits
            raise SealError(
                f"The key file {path} is open to other users (mode {mode:04o}): run "
                f"'chmod 600 {path}' and start again."
            )
        key = file.read(_KEY_BYTES + 1)
    if len(key) != _KEY_BYTES:
        raise SealError(
            f"The key file {path} does not hold {_KEY_BYTES} bytes: restore it, or start with a "
            "new --data folder."
        )
    return key
