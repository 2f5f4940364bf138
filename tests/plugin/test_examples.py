"""The sample repositories under `examples/`: their own tests pass in a copy, with no warning."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
REBALANCER = EXAMPLES / "rebalancer"


@pytest.fixture
def rebalancer(tmp_path: Path) -> Path:
    """A copy of it, as somebody would have it."""
    unwanted = shutil.ignore_patterns("__pycache__", ".pytest_cache", "*.egg-info")
    return Path(shutil.copytree(REBALANCER, tmp_path / "rebalancer", ignore=unwanted))


def environment(**more: str) -> dict[str, str]:
    """One in which nothing of ours is set, and `python` and `utabox` are found."""
    ours = ("UTABOX_", "BYBIT_", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, **more}


def ran(folder: Path, *argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, cwd=folder, env=environment(**more), capture_output=True, text=True, timeout=120
    )


def test_the_tests_of_the_sample_bot_pass(rebalancer: Path) -> None:
    """All of them: eleven, in its own configuration."""
    options = ("-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:asyncio")

    done = ran(rebalancer, sys.executable, "-m", "pytest", *options)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "11 passed" in done.stdout


def test_the_sample_bot_runs_as_its_readme_says(rebalancer: Path) -> None:
    """Unchanged, with any key: the account that is made for it has 50000 USDT, it keeps 2000."""
    (line,) = re.findall(r"^    (BYBIT_API_KEY=.*)$", (rebalancer / "README.md").read_text(), re.M)
    key, secret, *argv = shlex.split(line)

    done = ran(rebalancer, *argv, **dict(word.split("=") for word in (key, secret)))

    assert (done.stdout, done.returncode) == (
        "moved 48000 USDT from UNIFIED to FUND\n",
        0,
    ), done.stderr


def test_its_readme_shows_a_test_of_its_own() -> None:
    """Word for word."""
    (shown,) = re.findall(r"```python\n(.*?)```", (REBALANCER / "README.md").read_text(), re.S)

    assert shown in (REBALANCER / "tests" / "test_rebalancer.py").read_text()
