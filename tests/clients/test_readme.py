"""The README's first requests, run as they stand there, on another port."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from utabox.embedded import Server

CLIENTS = Path(__file__).resolve().parent
README = (CLIENTS.parents[1] / "README.md").read_text()
PUBLISHED = "http://127.0.0.1:8505"


def blocks(language: str) -> list[str]:
    """The README's code in one language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def run(program: list[str], code: str, server: Server) -> str:
    assert PUBLISHED in code or "embedded" in code
    return subprocess.run(
        [*program, code.replace(PUBLISHED, server.url)],
        cwd=CLIENTS,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_there_are_five_python_blocks() -> None:
    """pybit, ccxt, moving money, a test, and the server in a process: none is missed below."""
    assert len(blocks("python")) == 5
    assert len(blocks("javascript")) == 1


@pytest.mark.parametrize("number", [0, 1])
def test_a_python_client(server: Server, number: int) -> None:
    """It prints account info."""
    output = run([sys.executable, "-c"], blocks("python")[number], server)
    assert "'marginMode': 'REGULAR_MARGIN'" in output


def test_moving_money(server: Server) -> None:
    """It goes on where the first block ends, and prints the margin rate of a loan and the log."""
    output = run([sys.executable, "-c"], blocks("python")[0] + blocks("python")[2], server)
    assert "'type': 'BORROW'" in output
    assert "'type': 'TRANSFER_OUT'" in output


BOT = """
def my_bot(session):
    session.set_margin_mode(setMarginMode="PORTFOLIO_MARGIN")
"""


def test_a_test_with_the_plugin(tmp_path: Path) -> None:
    """It passes with a bot that does what its name says."""
    (tmp_path / "test_bot.py").write_text(BOT + blocks("python")[3])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "1 passed" in done.stdout, done.stdout


def test_the_embedded_server(server: Server) -> None:
    """Its assertion holds."""
    run([sys.executable, "-c"], blocks("python")[4], server)


def test_the_node_client(server: Server) -> None:
    """It prints account info."""
    if shutil.which("node") is None or not (CLIENTS / "node_modules").is_dir():
        pytest.skip("bybit-api is not installed: `make test` installs it")
    code = blocks("javascript")[0]
    output = run(["node", "--input-type=module", "-e"], code, server)
    assert "marginMode: 'REGULAR_MARGIN'" in output
