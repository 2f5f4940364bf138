"""Bots that listen first and call later, under `utabox run`: as they are, with placeholder keys."""

import sys
from pathlib import Path

import pytest
from tests.redirect.bots import NODE_MODULES, node, ran

# The shape of most public bots: the private stream first, then calls.
PYBIT = """\
import queue
from pybit.unified_trading import HTTP, WebSocket

account = dict(testnet=True, api_key="xxxxxxxxxxxxxxxxxx", api_secret="x" * 36)
told = queue.Queue()
stream = WebSocket(channel_type="private", **account)
stream.wallet_stream(callback=told.put)
stream.order_stream(callback=told.put)

session = HTTP(**account)
assert session.get_account_info()["result"]["marginMode"] == "REGULAR_MARGIN"
session.set_margin_mode(setMarginMode="ISOLATED_MARGIN")
message = told.get(timeout=10)
print(message["topic"], message["data"][0]["accountType"])
stream.exit()
"""

PUBLIC = """\
import time
from pybit.unified_trading import WebSocket

stream = WebSocket(channel_type="linear", testnet=True)
stream.ticker_stream(symbol="BTCUSDT", callback=print)
stream.orderbook_stream(depth=50, symbol="BTCUSDT", callback=print)
time.sleep(0.3)
print(stream.is_connected())
stream.exit()
"""

BYBIT_API = """\
const { RestClientV5, WebsocketClient } = require('bybit-api');

const account = { testnet: true, key: 'YOUR_API_KEY', secret: 'YOUR_API_SECRET' };
const stream = new WebsocketClient(account);
stream.on('authenticated', () => console.log('bot: authenticated'));
stream.on('response', ({ op, success }) => {
  console.log('bot:', op, success);
  new RestClientV5(account).setMarginMode('ISOLATED_MARGIN').catch(console.error);
});
stream.on('update', ({ topic }) => {
  console.log('bot:', topic);
  process.exit();
});
stream.on('exception', console.error);
stream.subscribeV5(['wallet', 'order'], 'linear');
"""

CCXT = """\
import asyncio
import ccxt.pro


async def main():
    client = ccxt.pro.bybit({"apiKey": "xxxxxxxxxxxxxxxxxx", "secret": "x" * 36})
    try:
        client.set_sandbox_mode(True)
        watched = asyncio.create_task(client.watch_balance())
        while not any("wallet" in str(each.subscriptions) for each in client.clients.values()):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # until it is said, and heard
        await client.privatePostV5AccountSetMarginMode({"setMarginMode": "ISOLATED_MARGIN"})
        balance = await asyncio.wait_for(watched, 10)
        print(balance["info"][0]["accountType"])
    finally:
        await client.close()


asyncio.run(main())
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a user's, with the client of Node."""
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "lives"),
    [
        ("testnet=True", "testnet"),
        ("testnet=False", "mainnet"),
        ("testnet=False, demo=True", "demo"),
        ("testnet=True, demo=True", "testnet-demo"),
        ('testnet=False, domain="bytick"', "mainnet"),
        ('testnet=False, tld="eu"', "mainnet"),
    ],
)
def test_a_pybit_bot(options: str, lives: str, folder: Path) -> None:
    """Stream and calls come to one account, of the environment that its options choose."""
    (folder / "bot.py").write_text(PYBIT.replace("testnet=True", options))
    done = ran(folder, sys.executable, "bot.py")
    assert (done.out, done.environment) == ("wallet UNIFIED\n", lives)
    assert "silent yet: order\n" in done.told
    assert "its 3 signatures were not checked" in done.told


def test_a_pybit_bot_that_watches_a_market(folder: Path) -> None:
    """It waits; at the end it is told what it has waited for."""
    (folder / "bot.py").write_text(PUBLIC)
    done = ran(folder, sys.executable, "bot.py")
    assert done.out == "True\n"
    assert "tickers.BTCUSDT" in done.told


@node
@pytest.mark.parametrize(
    ("options", "lives"),
    [
        ("testnet: true", "testnet"),
        ("testnet: false", "mainnet"),
        ("demoTrading: true", "demo"),
        ("apiRegion: 'TK'", "mainnet"),
    ],
)
def test_a_bybit_api_bot(options: str, lives: str, folder: Path) -> None:
    """`utabox run -- node bot.js`."""
    (folder / "bot.js").write_text(BYBIT_API.replace("testnet: true", options))
    done = ran(folder, "node", "bot.js")
    said = [line for line in done.out.splitlines() if line.startswith("bot: ")]  # not the client's
    assert said == ["bot: authenticated", "bot: subscribe true", "bot: wallet"]
    assert done.environment == lives


@pytest.mark.parametrize(
    ("chosen", "lives"),
    [
        ("client.set_sandbox_mode(True)", "testnet"),
        ("client.enable_demo_trading(True)", "demo"),
        ("pass", "mainnet"),
    ],
)
def test_a_ccxt_bot(chosen: str, lives: str, folder: Path) -> None:
    """ccxt brings its own authorities and reads no proxy, on its streams either."""
    (folder / "bot.py").write_text(CCXT.replace("client.set_sandbox_mode(True)", chosen))
    done = ran(folder, sys.executable, "bot.py")
    assert (done.out, done.environment) == ("UNIFIED\n", lives)
