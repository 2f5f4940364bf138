"""The README's first requests, run as they stand there, on another port."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pybit.exceptions import FailedRequestError
from pybit.unified_trading import HTTP

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
    """pybit, ccxt, a test, the server in a process, and moving money: none is missed below."""
    assert len(blocks("python")) == 5
    assert len(blocks("javascript")) == 1


@pytest.mark.parametrize("number", [0, 1])
def test_a_python_client(server: Server, number: int) -> None:
    """It prints account info."""
    output = run([sys.executable, "-c"], blocks("python")[number], server)
    assert "'marginMode': 'REGULAR_MARGIN'" in output


def test_moving_money(server: Server) -> None:
    """It goes on where the first block ends, and prints the margin rate of a loan and the log."""
    output = run([sys.executable, "-c"], blocks("python")[0] + blocks("python")[4], server)
    assert "'type': 'BORROW'" in output
    assert "'type': 'TRANSFER_OUT'" in output


BOT = """
def my_bot(session):
    session.set_margin_mode(setMarginMode="PORTFOLIO_MARGIN")
"""


def test_a_test_with_the_plugin(tmp_path: Path) -> None:
    """It passes with a bot that does what its name says."""
    (tmp_path / "test_bot.py").write_text(BOT + blocks("python")[2])
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
    run([sys.executable, "-c"], blocks("python")[3], server)


def test_the_node_client(server: Server) -> None:
    """It prints account info."""
    if shutil.which("node") is None or not (CLIENTS / "node_modules").is_dir():
        pytest.skip("bybit-api is not installed: `make test` installs it")
    code = blocks("javascript")[0]
    output = run(["node", "--input-type=module", "-e"], code, server)
    assert "marginMode: 'REGULAR_MARGIN'" in output


PYBIT_ABSENT = (
    "place_order", "get_open_orders", "get_executions", "get_positions", "set_leverage",
    "get_kline", "get_orderbook", "get_deposit_records", "withdraw",
)  # fmt: skip
CCXT_ABSENT = (
    "create_order", "fetch_open_orders", "fetch_my_trades", "fetch_positions", "fetch_ohlcv",
    "fetch_order_book", "fetch_trades", "fetch_deposits", "withdraw",
)  # fmt: skip


def test_the_readme_names_the_methods_that_are_not_here() -> None:
    """These, and no others; what is beside them in brackets is here."""
    listed = README.split("**Not here yet**")[1].split("STREAMS")[0].split("\n\n")[1]
    named = set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", listed)))
    assert named == {*PYBIT_ABSENT, *CCXT_ABSENT}


@pytest.mark.parametrize("method", PYBIT_ABSENT)
def test_what_is_not_here_is_404(server: Server, method: str) -> None:
    """Whatever it was given."""
    session = HTTP(api_key=server.api_key, api_secret=server.api_secret)
    session.endpoint = server.url
    with pytest.raises(FailedRequestError) as refused:
        getattr(session, method)()
    assert refused.value.status_code == 404


@pytest.mark.parametrize("method", ["get_tickers", "get_instruments_info"])
def test_what_is_said_to_be_here_is(server: Server, method: str) -> None:
    """Prices without a market behind them."""
    session = HTTP(api_key=server.api_key, api_secret=server.api_secret)
    session.endpoint = server.url
    assert getattr(session, method)(category="linear")["retCode"] == 0
