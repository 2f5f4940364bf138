"""What a program leaves running stays closed when the run, or its folder, is over.

An environment is taken out of a run that has ended. What is started with it finds no server; led as
it was, it looks the exchange up as the address of ours that leads there, and is refused.
"""

from __future__ import annotations

import ast
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


STUB = LASTING / "sitecustomize.py"


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 7, 17)])
def test_a_python_that_is_too_old_is_ended(
    version: tuple[int, int, int], left: Mapping[str, str]
) -> None:
    """Here by the Python of this test, which says that it is as old; those that are installed are
    tried below."""
    pretend = (
        f"import sys; sys.version_info = {version}; sys.version = '{version[0]}.{version[1]}'; "
        f"exec(open({str(STUB)!r}).read(), {{'__name__': 'sitecustomize'}}); print('started')"
    )
    ours = {name: value for name, value in left.items() if name != "PYTHONPATH"}
    done = started([PYTHON, "-c", pretend], ours)
    assert (done.returncode, done.stdout) == (70, "")
    assert f"this is Python {version[0]}.{version[1]}, and 3.8 is the oldest" in done.stderr
    isolated = started([PYTHON, "-c", pretend], {**ours, "UTABOX_RUN_ISOLATED": "1"})
    assert (isolated.returncode, isolated.stdout) == (0, "started\n")


def test_what_an_old_python_reads_first_is_in_its_words() -> None:
    """Else it would say that there is an error, and go on without us."""
    tree = ast.parse(STUB.read_text(), feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.AsyncFunctionDef, ast.NamedExpr, ast.Nonlocal)
    assert [type(node) for node in ast.walk(tree) if isinstance(node, newer)] == []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert all(each.returns is None and not each.args.kwonlyargs for each in functions)
    arguments = [node for node in ast.walk(tree) if isinstance(node, ast.arg)]
    assert all(each.annotation is None for each in arguments)
    assert not any(isinstance(node, ast.Raise) and node.cause for node in ast.walk(tree))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert imported == []


def _installed(version: str) -> list[str]:
    """Not a shim of pyenv, which may choose another."""
    found = shutil.which(f"python{version}")
    on_path = [found] if found and "shims" not in found else []
    return [*map(str, VERSIONS.glob(f"{version}.*/bin/python")), *on_path]


OLD = {version: found[0] for version in ("2.7", "3.6", "3.7") if (found := _installed(version))}

if OLD:  # a machine need not have any

    @pytest.mark.parametrize("version", OLD)
    def test_an_old_python_that_is_installed_is_ended(
        version: str, left: Mapping[str, str]
    ) -> None:
        done = started([OLD[version], "-c", "print('started')"], left)
        assert (done.returncode, done.stdout) == (70, "")
        assert f"this is Python {version}" in done.stderr
        assert done.stderr.count("\n") == 1
        isolated = {**left, "UTABOX_RUN_ISOLATED": "1"}
        assert started([OLD[version], "-c", "print('started')"], isolated).stdout == "started\n"
