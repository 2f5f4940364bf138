"""clients/node: its own tests, its tests with bybit-api, and its README, as they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
HELPER = HERE.parents[1] / "clients" / "node"
INSTALLED = shutil.which("node") is not None and (HERE / "node_modules" / "bybit-api").is_dir()

pytestmark = pytest.mark.skipif(
    not INSTALLED, reason="Node or its bybit-api is not installed: install Node 20, `make test`"
)


def node(*arguments: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """A run of Node that finds the `utabox` command that belongs to this interpreter."""
    variables = {
        "UTABOX_BIN": str(Path(sys.executable).with_name("utabox")),
        "XDG_STATE_HOME": str(home / "state"),
        "HOME": str(home),
    }
    return subprocess.run(
        ("node", *arguments),
        cwd=cwd,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "file", [HELPER / "index.test.js", HERE / "node_helper.test.mjs"], ids=["alone", "bybit-api"]
)
def test_the_helper(file: Path, tmp_path: Path) -> None:
    """Every case of the file passes, and there are some."""
    done = node("--test", "--test-reporter=tap", file.name, cwd=file.parent, home=tmp_path)

    assert done.returncode == 0, done.stdout
    assert re.search(r"^# pass [1-9]", done.stdout, re.M)
    assert re.search(r"^# skipped 0$", done.stdout, re.M)


def test_the_readme_runs(tmp_path: Path) -> None:
    """Where the helper and bybit-api are installed, its lines print account info and end."""
    [lines] = re.findall(r"```javascript\n(.*?)```", (HELPER / "README.md").read_text(), re.S)
    program = lines.replace('from "utabox"', f'from "{HELPER.as_uri()}/index.js"')
    done = node("--input-type=module", "-e", program, cwd=HERE, home=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "marginMode: 'REGULAR_MARGIN'" in done.stdout
