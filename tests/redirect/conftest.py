"""What several tests of `utabox run` need."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder for TMPDIR that other users can reach: those of pytest they cannot."""
    path = Path(tempfile.mkdtemp(dir="/tmp")).resolve()
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)
