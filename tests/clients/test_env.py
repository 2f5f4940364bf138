"""What `utabox env` prints, pasted into a file and run; where a client is too large to be installed
for a test, what the lines set is handed to the library that it is made of (docs/clients.md)."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import types
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import ccxt
import pytest
from ccxt import async_support

from utabox.embedded import Server
from utabox.pointing import Target, lines_for

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(rate_limits="off") as server:
        yield server


@pytest.fixture
def target(server: Server) -> Target:
    return Target(server.url, server.api_key, server.api_secret)


def output_of(*program: str, cwd: Path = HERE) -> str:
    return subprocess.run(
        program, cwd=cwd, capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_pybit(target: Target) -> None:
    assert "'marginMode': 'REGULAR_MARGIN'" in output_of(
        sys.executable, "-c", lines_for("pybit", target)
    )


def test_ccxt(target: Target) -> None:
    assert "'marginMode': 'REGULAR_MARGIN'" in output_of(
        sys.executable, "-c", lines_for("ccxt", target)
    )


def test_ccxt_with_asyncio(target: Target) -> None:
    """As the comments of the lines say it is done."""
    lines = lines_for("ccxt", target)
    config, call = lines.replace("import ccxt ", "import ccxt.async_support as ccxt ").split(
        "print(", 1
    )
    program = f"""
import asyncio
{config}
async def main():
    print(await {call.split(")  #")[0]})
    await exchange.close()
asyncio.run(main())
"""
    assert "'marginMode': 'REGULAR_MARGIN'" in output_of(sys.executable, "-c", program)


@pytest.mark.parametrize("switch", ["set_sandbox_mode", "enable_demo_trading"])
def test_ccxt_stays_here_when_it_is_switched(target: Target, switch: str) -> None:
    """The sandbox and demo trading of a bot lead to the same server."""
    lines = lines_for("ccxt", target).replace("print(", f"exchange.{switch}(True)\nprint(")
    assert "'marginMode': 'REGULAR_MARGIN'" in output_of(sys.executable, "-c", lines)


@pytest.mark.parametrize("system", ["import", "require"])
def test_bybit_api(target: Target, system: str) -> None:
    """As a module, and with the other way to import that stands beside it."""
    if shutil.which("node") is None or not (HERE / "node_modules" / "bybit-api").is_dir():
        pytest.skip("bybit-api is not installed: `make test` installs it")
    lines = lines_for("bybit-api", target)
    program = {
        "import": ("node", "--input-type=module", "-e", lines),
        "require": (
            "node",
            "-e",
            re.sub(r"import .*; // or: (.*)", r"\1", lines),
        ),
    }[system]
    assert "marginMode: 'REGULAR_MARGIN'" in output_of(*program)


def test_curl(target: Target, tmp_path: Path) -> None:
    """Two answers: the time, and a signed one."""
    script = tmp_path / "first-call.sh"
    script.write_text(lines_for("curl", target))
    time, balance = re.findall(r'{"retCode":0.*?"time":\d+}', output_of("sh", str(script)))

    assert "timeSecond" in time
    assert '"walletBalance":"50000"' in balance


def freqtrade_config(target: Target) -> dict[str, Any]:
    """The lines as freqtrade reads them: JSON that may have `//` comments."""
    lines = lines_for("freqtrade", target).splitlines()
    config = json.loads("\n".join(line for line in lines if not line.startswith("//")))
    exchange: dict[str, Any] = config["exchange"]
    return exchange


def as_freqtrade_does(exchange: dict[str, Any]) -> dict[str, Any]:
    """What it makes a ccxt client from: key and secret, and `ccxt_config` over them."""
    assert (exchange["name"], exchange["enable_ws"]) == ("bybit", False)
    return {"apiKey": exchange["key"], "secret": exchange["secret"], **exchange["ccxt_config"]}


def test_freqtrade(target: Target) -> None:
    """Its first calls when it starts, by the synchronous client."""
    with closing(ccxt.bybit(as_freqtrade_does(freqtrade_config(target)))) as client:
        client.load_markets()
        unified = client.is_unified_enabled()
        balance = client.fetch_balance()

    assert unified[1] is True
    assert balance["USDT"]["total"] == 50_000


def test_freqtrade_with_demo_trading(target: Target) -> None:
    """`"demo_trading": true` switches ccxt to the demo host, which is here, too."""
    with closing(ccxt.bybit(as_freqtrade_does(freqtrade_config(target)))) as client:
        client.enable_demo_trading(True)
        assert client.privateGetV5AccountInfo()["result"]["marginMode"] == "REGULAR_MARGIN"


async def _time(config: dict[str, Any]) -> int:
    async with async_support.bybit(config) as client:
        time: int = await client.fetch_time()
        return time


def test_freqtrade_by_its_asynchronous_client(target: Target) -> None:
    assert asyncio.run(_time(as_freqtrade_does(freqtrade_config(target)))) > 0


CONSTANTS = {
    "bybit": {
        "REST_URLS": ("bybit_main", "bybit_testnet"),
        "WSS_PUBLIC_URL": ("bybit_main", "bybit_testnet"),
        "WSS_PRIVATE_URL": ("bybit_main", "bybit_testnet"),
    },
    "bybit_perpetual": {
        "REST_URLS": ("bybit_perpetual_main", "bybit_perpetual_testnet"),
        "WSS_LINEAR_PUBLIC_URLS": ("bybit_perpetual_main", "bybit_perpetual_testnet"),
        "WSS_NON_LINEAR_PUBLIC_URLS": ("bybit_perpetual_main", "bybit_perpetual_testnet"),
        "WSS_LINEAR_PRIVATE_URLS": ("bybit_perpetual_main", "bybit_perpetual_testnet"),
        "WSS_NON_LINEAR_PRIVATE_URLS": ("bybit_perpetual_main", "bybit_perpetual_testnet"),
    },
}
"""Every table of hosts in hummingbot's two files of constants (20260922), with its domains."""


@pytest.mark.parametrize("connector", CONSTANTS)
def test_hummingbot(target: Target, connector: str) -> None:
    """Appended to its file, the lines leave no domain of any table with another host."""
    lines = lines_for("hummingbot", target)
    part = re.search(rf"# \S+/{connector}_constants\.py\n(.*?)(?:\n\n|\Z)", lines, re.S)
    assert part is not None
    module = types.ModuleType(connector)
    before = {
        table: dict.fromkeys(domains, "elsewhere")
        for table, domains in CONSTANTS[connector].items()
    }
    vars(module).update(before)
    exec(part[1], vars(module))

    here = target.url.removeprefix("http://")
    urls = [url for table in before for url in vars(module)[table].values()]
    assert [url for url in urls if url.split("/")[2] != here] == []
    assert {table: tuple(vars(module)[table]) for table in before} == CONSTANTS[connector]


def test_nautilus(target: Target) -> None:
    """The options are those of its two classes, and the URLs are here; the rest is by hand."""
    made: list[tuple[str, dict[str, Any]]] = []

    def config(name: str) -> Any:
        return lambda **options: made.append((name, options))

    lines = lines_for("nautilus", target)
    body = re.sub(r"^from nautilus.*$", "", lines, flags=re.M)
    names = ("BybitDataClientConfig", "BybitExecClientConfig")
    exec(body, {name: config(name) for name in names})

    stream = "ws" + target.url.removeprefix("http")
    identity = {"api_key": target.api_key, "api_secret": target.secret, "base_url_http": target.url}
    assert made == [
        ("BybitDataClientConfig", identity),
        (
            "BybitExecClientConfig",
            {
                **identity,
                "base_url_ws_private": f"{stream}/v5/private",
                "base_url_ws_trade": f"{stream}/v5/trade",
            },
        ),
    ]
