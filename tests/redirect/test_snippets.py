"""The exchange's documentation snippets, byte for byte, and their variations: no line changes."""

import re
import sys
from pathlib import Path

import pytest
from tests.redirect.bots import NODE_MODULES, node, ran, under_run

# docs/v5/account/account-info, as it stands there.
PYBIT = """\
from pybit.unified_trading import HTTP
session = HTTP(
    testnet=True,
    api_key="xxxxxxxxxxxxxxxxxx",
    api_secret="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
)
print(session.get_account_info())
"""
BYBIT_API = """\
const { RestClientV5 } = require('bybit-api');
const client = new RestClientV5({
  testnet: true,
  key: 'YOUR_API_KEY',
  secret: 'YOUR_API_SECRET',
});
client.getAccountInfo().then((r) => console.log(r)).catch((e) => console.error(e));
"""
FIELDS = ("marginMode", "updatedTime", "unifiedMarginStatus", "dcpStatus", "timeWindow",
          "smpGroup", "isMasterTrader", "spotHedgingStatus")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the snippets, and with the client of the Node one beside it."""
    (tmp_path / "snippet.py").write_text(PYBIT)
    (tmp_path / "snippet.js").write_text(BYBIT_API)
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    return tmp_path


ADOPTED = re.compile(r"(utabox: the key .+ got account .+ not checked: .+\n)?")
"""All that is told at the end: nothing was refused."""


def run(folder: Path, *program: str) -> str:
    """What the program prints under `utabox run`; nothing may be refused."""
    out, told = under_run(folder, *program)
    assert ADOPTED.fullmatch(told)
    return out


def run_and_list(folder: Path, *program: str) -> tuple[str, str]:
    """What it prints, and in which environment the account is that it got."""
    done = ran(folder, *program)
    assert ADOPTED.fullmatch(done.told)
    return done.out, done.environment


def test_the_python_snippet(folder: Path) -> None:
    """`utabox run -- python snippet.py`."""
    printed = run(folder, sys.executable, "snippet.py")
    assert printed.startswith("{'retCode': 0, 'retMsg': 'OK', 'result': {'marginMode':")
    assert [field for field in FIELDS if f"'{field}':" not in printed] == []


@node
def test_the_node_snippet(folder: Path) -> None:
    """`utabox run -- node snippet.js`."""
    printed = run(folder, "node", "snippet.js")
    assert "retCode: 0" in printed
    assert [field for field in FIELDS if f"{field}: " not in printed] == []


@pytest.mark.parametrize(
    ("options", "lives"),
    [
        ("testnet=True", "testnet"),
        ("testnet=False", "mainnet"),
        ("demo=True", "demo"),
        ("testnet=True, demo=True", "testnet-demo"),
        ('domain="bytick"', "mainnet"),
        ('domain="bytick", testnet=True', "testnet"),
        ('domain="bybit-tr"', "mainnet"),
        ('tld="nl"', "mainnet"),
        ('tld="kz"', "mainnet"),
        ('tld="eu"', "mainnet"),
        ('tld="com.hk"', "mainnet"),
    ],
)
def test_pybit_reaches_each_environment(options: str, lives: str, folder: Path) -> None:
    """The host that its options make chooses it."""
    (folder / "snippet.py").write_text(PYBIT.replace("testnet=True", options))
    printed, environment = run_and_list(folder, sys.executable, "snippet.py")
    assert "'marginMode':" in printed
    assert environment == lives


@node
@pytest.mark.parametrize(
    ("options", "lives"),
    [
        ("testnet: true", "testnet"),
        ("testnet: false", "mainnet"),
        ("demoTrading: true", "demo"),
        ("apiRegion: 'bytick'", "mainnet"),
        ("apiRegion: 'NL'", "mainnet"),
        ("apiRegion: 'TK'", "mainnet"),
        ("apiRegion: 'KZ'", "mainnet"),
        ("apiRegion: 'HK'", "mainnet"),
        ("apiRegion: 'GE'", "mainnet"),
        ("apiRegion: 'UAE'", "mainnet"),
        ("apiRegion: 'EU'", "mainnet"),
        ("apiRegion: 'ID'", "mainnet"),
        ("apiRegion: 'JP'", "mainnet"),
        ("apiRegion: 'JP', testnet: true", "testnet"),
        ("baseUrl: 'https://api-demo-testnet.bybit.com'", "testnet-demo"),
    ],
)
def test_bybit_api_reaches_each_environment(options: str, lives: str, folder: Path) -> None:
    """The host that its options make chooses it."""
    (folder / "snippet.js").write_text(BYBIT_API.replace("testnet: true", options))
    printed, environment = run_and_list(folder, "node", "snippet.js")
    assert "marginMode: " in printed
    assert environment == lives


@pytest.mark.parametrize(
    "url", ["https://api.bybit.com/v5/market/time", "http://api.bybit.com/v5/market/time"]
)
def test_curl_comes_through_the_proxy(url: str, folder: Path) -> None:
    """It knows nothing of us but the usual variables."""
    assert '"retCode":0' in run(folder, "curl", "-sS", url)
