"""What a program leaves running stays closed when the run, or its folder, is over.

An environment is taken out of a run that has ended. What is started with it finds no server; led as
it was, it looks the exchange up as the address of ours that leads there, and is refused.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest.mock import patch

import pytest
from tests.cli.process import WAIT_S, run

from utabox.redirect.surroundings import LASTING

PYTHON, NODE = sys.executable, shutil.which("node")
VERSIONS = Path.home() / ".pyenv" / "versions"

LOOKS = """
import socket, sys
try:
    print(socket.gethostbyname("api.bybit.com"))
    socket.create_connection(("api.bybit.com", 443), 5)
except OSError as error:
    print(type(error).__name__)
print(sum(name == "_utabox_run" for name in sys.modules))
"""
CLOSED = "127.85.84.66\nConnectionRefusedError\n1\n"
"""Ours, where nobody listens any more; and what leads there is loaded once."""


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a program of a run that has ended."""
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    done = run(tmp_path_factory.mktemp("home"), "run", "--", PYTHON, "-c", show)
    found: dict[str, str] = json.loads(done.stdout)
    assert not Path(found["UTABOX_RUN_ID"]).exists()
    return found


@pytest.fixture
def folder(left: Mapping[str, str]) -> Iterator[Path]:
    """The folder of Python in a run's folder that is there again, empty."""
    path = Path(left["UTABOX_RUN_ID"], "python")
    path.mkdir(parents=True)
    yield path
    shutil.rmtree(path.parent)


def started(argv: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60)


def test_a_python_that_is_started_after_the_run_is_closed(left: Mapping[str, str]) -> None:
    """What it loads first is still there: PYTHONPATH names the package's folder as well."""
    done = started([PYTHON, "-c", LOOKS], left)
    assert (done.stdout, done.stderr) == (CLOSED, "")


def test_so_is_what_it_starts(left: Mapping[str, str]) -> None:
    """With an environment of its own."""
    again = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LOOKS!r}], env={{}})"
    assert started([PYTHON, "-c", again], left).stdout == CLOSED


@pytest.mark.parametrize("kept", [(), ("sitecustomize.py",), ("_utabox_run",)])
def test_a_folder_that_is_not_whole_is_closed(
    kept: tuple[str, ...], left: Mapping[str, str], folder: Path
) -> None:
    """As where something sweeps TMPDIR: what is missing is taken from the package."""
    shutil.copytree(LASTING, folder, dirs_exist_ok=True)
    for entry in list(folder.iterdir()):
        if entry.name not in kept:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    assert started([PYTHON, "-c", LOOKS], left).stdout == CLOSED


def test_what_cannot_be_loaded_ends_python(left: Mapping[str, str], folder: Path) -> None:
    """Python would say that there is an error, and go on."""
    shutil.copyfile(LASTING / "sitecustomize.py", folder / "sitecustomize.py")
    (folder / "_utabox_run").mkdir()
    (folder / "_utabox_run" / "__init__.py").write_text("no Python\n")
    done = started([PYTHON, "-c", LOOKS], left)
    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr.startswith("utabox run: Python cannot be led to your utabox (SyntaxError")
    assert done.stderr.count("\n") == 1


def test_the_users_own_sitecustomize_runs_once(left: Mapping[str, str], tmp_path: Path) -> None:
    """Behind ours, of which there are two in PYTHONPATH while the run lasts."""
    theirs = "import os\nif 'UTABOX_RUN_ID' in os.environ:\n    print('theirs')\n"
    (tmp_path / "sitecustomize.py").write_text(theirs)
    done = run(
        tmp_path, "run", "--", PYTHON, "-c", "print('it')", settings={"PYTHONPATH": str(tmp_path)}
    )
    assert done.stdout == "theirs\nit\n"
    environment = {**left, "PYTHONPATH": f"{left['PYTHONPATH']}:{tmp_path}"}
    assert started([PYTHON, "-c", LOOKS], environment).stdout == f"theirs\n{CLOSED}"


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
def test_a_node_that_is_started_after_the_run_does_not_start(left: Mapping[str, str]) -> None:
    """It is told to require a file that has gone, and says so."""
    assert NODE is not None
    done = started([NODE, "-e", "console.log('started')"], left)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Cannot find module" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who is left")
def test_the_folder_stays_while_something_of_the_run_is_left(shared: Path, tmp_path: Path) -> None:
    """Its interpreters on PATH are still found by shell lines; it goes with the first run after."""
    leave = (
        f"exec >&- 2>&-; '{PYTHON}' -c 'import signal; signal.pause()' & echo $! > '{shared}/pid'"
    )
    with patch.dict(os.environ, TMPDIR=str(shared)):
        assert run(tmp_path, "run", "--", "sh", "-c", leave).returncode == 0
        pid = int((shared / "pid").read_text())
        descriptor = os.pidfd_open(pid)
        try:
            assert run(tmp_path, "run", "--", "true").returncode == 0
            assert len(list(shared.glob("utabox-run-*/bin/python3"))) == 1
        finally:
            os.kill(pid, 9)
            assert select.select([descriptor], [], [], WAIT_S)[0]
            os.close(descriptor)
        assert run(tmp_path, "run", "--", "true").returncode == 0
    assert list(shared.glob("utabox-run-*")) == []


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7"])
def test_a_python_that_is_too_old_is_ended(version: str, left: Mapping[str, str]) -> None:
    """It reads that far, and does not go on without us."""
    found = [*VERSIONS.glob(f"{version}.*/bin/python"), *_on_path(f"python{version}")]
    if not found:
        pytest.skip(f"Python {version} is not installed")
    done = started([str(found[0]), "-c", "print('started')"], left)
    assert (done.returncode, done.stdout) == (70, "")
    assert f"this is Python {version}" in done.stderr
    assert done.stderr.count("\n") == 1
    isolated = started(
        [str(found[0]), "-c", "print('started')"], {**left, "UTABOX_RUN_ISOLATED": "1"}
    )
    assert (isolated.returncode, isolated.stdout) == (0, "started\n")


def _on_path(name: str) -> list[str]:
    # Not a shim of pyenv, which may choose another.
    found = shutil.which(name)
    return [found] if found and "shims" not in found else []
