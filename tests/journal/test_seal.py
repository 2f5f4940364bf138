"""Secrets at rest open with their key, for their API key, and otherwise not at all."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utabox.seal import Sealer, SealError

SECRET, API_KEY = b"t7T0YlFnYXk0Fx3JswQsDrViLg1Gh3DUU5Mr", b"xxxxxxxxxxxxxxxxxx"


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    return tmp_path / "secrets.key"


@given(secret=st.binary(max_size=100), context=st.binary(max_size=40))
def test_a_sealed_secret_opens(secret: bytes, context: bytes) -> None:
    sealer = Sealer.ephemeral()

    sealed = sealer.seal(secret, context)

    assert sealer.open(sealed, context) == secret
    assert len(sealed) == len(secret) + 29


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    sealer = Sealer.ephemeral()

    assert sealer.seal(SECRET, API_KEY) != sealer.seal(SECRET, API_KEY)
    assert SECRET not in sealer.seal(SECRET, API_KEY)


def test_another_key_opens_nothing() -> None:
    sealed = Sealer.ephemeral().seal(SECRET, API_KEY)

    with pytest.raises(SealError, match=r"xxx does not open with the key in memory: restore"):
        Sealer.ephemeral().open(sealed, API_KEY)


def test_a_secret_opens_for_no_other_api_key() -> None:
    """A sealed secret that was moved to another key's record is noticed."""
    sealer = Sealer.ephemeral()

    with pytest.raises(SealError, match="API key another does not open"):
        sealer.open(sealer.seal(SECRET, API_KEY), b"another")


@given(offset=st.integers(1, 28 + len(SECRET)), mask=st.integers(1, 255))
def test_a_damaged_seal_opens_nothing(offset: int, mask: int) -> None:
    sealer = Sealer.ephemeral()
    sealed = bytearray(sealer.seal(SECRET, API_KEY))
    sealed[offset] ^= mask

    with pytest.raises(SealError, match="does not open"):
        sealer.open(bytes(sealed), API_KEY)


@pytest.mark.parametrize("size", [1, 5, 13, 20, 28])
def test_a_seal_that_is_cut_off_opens_nothing(size: int) -> None:
    sealer = Sealer.ephemeral()

    with pytest.raises(SealError, match="does not open"):
        sealer.open(sealer.seal(b"", b"")[:size], b"")


@pytest.mark.parametrize(("sealed", "version"), [(b"\x02abc", "02"), (b"", "of no bytes")])
def test_a_seal_of_an_unknown_version_is_named(sealed: bytes, version: str) -> None:
    with pytest.raises(SealError, match=f"unknown format {version}: use the utabox version"):
        Sealer.ephemeral().open(sealed, API_KEY)


def test_a_key_file_is_made_once_and_for_its_owner_alone(key_path: Path) -> None:
    sealed = Sealer.from_file(key_path, create=True).seal(SECRET, API_KEY)

    assert Sealer.from_file(key_path, create=True).open(sealed, API_KEY) == SECRET
    assert Sealer.from_file(key_path).open(sealed, API_KEY) == SECRET
    assert key_path.stat().st_mode & 0o777 == 0o600
    assert key_path.stat().st_size == 32
    assert list(key_path.parent.iterdir()) == [key_path]


def test_a_missing_key_file_is_not_replaced(key_path: Path) -> None:
    with pytest.raises(SealError) as refusal:
        Sealer.from_file(key_path)

    assert str(refusal.value) == (
        f"The journal holds sealed secrets but the key file {key_path} is missing: restore it, or "
        "start with a new --data folder."
    )
    assert not key_path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o620])
def test_a_key_file_open_to_others_is_refused(key_path: Path, mode: int) -> None:
    Sealer.from_file(key_path, create=True)
    key_path.chmod(mode)

    with pytest.raises(SealError, match=f"run 'chmod 600 {key_path}' and start again"):
        Sealer.from_file(key_path)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
@pytest.mark.parametrize("create", [True, False])
def test_a_key_file_of_a_wrong_size_is_refused(key_path: Path, size: int, create: bool) -> None:
    key_path.touch(0o600)
    key_path.write_bytes(bytes(size))

    with pytest.raises(SealError, match="does not hold 32 bytes: restore it"):
        Sealer.from_file(key_path, create=create)

    assert key_path.stat().st_size == size


def test_a_key_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SealError, match="cannot be used"):
        Sealer.from_file(tmp_path)


def test_a_secret_is_named_only_by_its_api_key(key_path: Path) -> None:
    """Neither the secret nor the key is in an error or in what a debugger prints."""
    sealer = Sealer.from_file(key_path, create=True)

    with pytest.raises(SealError) as refusal:
        sealer.open(sealer.seal(SECRET, API_KEY), b"another")

    assert repr(key_path.read_bytes()) not in repr(sealer)
    assert SECRET.decode() not in str(refusal.value)


def test_a_start_without_secrets_does_not_load_the_cipher(key_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from utabox.seal import Sealer; "
        "Sealer.from_file(Path(sys.argv[1]), create=True); "
        "sys.exit('cryptography' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script, key_path], check=False).returncode == 0
