"""Programs as their users wrote them, under `utabox run`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.cli.process import UTABOX, WAIT_S, environment

NODE_MODULES = Path(__file__).resolve().parents[1] / "clients" / "node_modules"
INSTALLED = shutil.which("node") is not None and (NODE_MODULES / "bybit-api").is_dir()
node = pytest.mark.skipif(
    not INSTALLED, reason="Node or its bybit-api is not installed: install Node 20, `make test`"
)


class Ran(NamedTuple):
    """A program that has ended well."""

    out: str
    told: str
    """What `run` told at the end."""
    environment: str
    """Of the account that it got."""


def under_run(folder: Path, *program: str) -> tuple[str, str]:
    """What a program that ends well prints under `utabox run`, and what `run` tells at the end."""
    done = subprocess.run(
        (*UTABOX, "run", "--", *program),
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=2 * WAIT_S,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def ran(folder: Path, *program: str) -> Ran:
    """The same, and after it the list of accounts."""
    script = '"$@" && exec "$0" -m utabox account list --json > accounts.json'
    out, told = under_run(folder, "sh", "-c", script, sys.executable, *program)
    accounts = json.loads((folder / "accounts.json").read_text())
    return Ran(out, told, accounts[-1]["environment"])
