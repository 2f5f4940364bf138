"""How each client is pointed at a server: lines to paste, and where they belong.

They set what the client itself offers for it; where it offers nothing, they say so. All of them
were tried: by tests where the client is small enough to be installed for one, else by hand
(docs/clients.md says which, and with which version).
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import msgspec

KEY_PLACEHOLDER = "YOUR_API_KEY"
SECRET_PLACEHOLDER = "YOUR_API_SECRET"


class Target(msgspec.Struct, frozen=True):
    """What a client is pointed at."""

    url: str  # a server's or a venue's base URL, without a slash at its end
    api_key: str = KEY_PLACEHOLDER
    secret: str = SECRET_PLACEHOLDER

    @property
    def stream(self) -> str:
        """The base URL of WebSocket streams."""
        return "ws" + self.url.removeprefix("http")


def lines_for(client: str, target: Target) -> str:
    """The lines for one of `CLIENTS`, ending in a line feed."""
    return CLIENTS[client](target).lstrip("\n")


def _pybit(target: Target) -> str:
    return f"""
# pip install pybit
from pybit.unified_trading import HTTP

session = HTTP(api_key={_quoted(target.api_key)}, api_secret={_quoted(target.secret)})
session.endpoint = {_quoted(target.url)}  # after the constructor, which takes no URL
print(session.get_account_info())
# pybit's WebSocket has no such attribute: `utabox run -- python bot.py` redirects it. Else, first:
# unified_trading.PRIVATE_WSS = {_quoted(target.stream + "/v5/private")}
# unified_trading.PUBLIC_WSS = {_quoted(target.stream + "/v5/public/{CHANNEL_TYPE}")}
"""


def _ccxt(target: Target) -> str:
    return f"""
# pip install ccxt
import ccxt  # with asyncio: import ccxt.async_support as ccxt; streams: import ccxt.pro as ccxt

url, stream = {_quoted(target.url)}, {_quoted(target.stream + "/v5")}
own = f"{{stream}}/private"
streams = {{
    "public": {{m: f"{{stream}}/public/{{m}}" for m in ("spot", "linear", "inverse", "option")}},
    "private": {{
        "contract": own,
        "usdc": own,
        "spot": {{"unified": own, "nonUnified": own}},
        "trade": f"{{stream}}/trade",
    }},
}}
here = {{"public": url, "private": url, "ws": streams}}
exchange = ccxt.bybit(
    {{
        "apiKey": {_quoted(target.api_key)},
        "secret": {_quoted(target.secret)},
        # `test` and `demotrading`: what set_sandbox_mode and enable_demo_trading switch to.
        "urls": {{"api": here, "test": here, "demotrading": here}},
    }}
)
print(exchange.private_get_v5_account_info())  # with asyncio: await it; await exchange.close()
"""


def _bybit_api(target: Target) -> str:
    return f"""
// npm install bybit-api
import {{ RestClientV5 }} from "bybit-api"; // or: const {{ RestClientV5 }} = require("bybit-api");

const client = new RestClientV5({{
  key: {_quoted(target.api_key)},
  secret: {_quoted(target.secret)},
  baseUrl: {_quoted(target.url)},
}});
client.getAccountInfo().then((answer) => console.log(answer));
// A WebsocketClient takes `wsUrl` instead, one for each channel:
// {_quoted(target.stream + "/v5/private")}
"""


def _nautilus(target: Target) -> str:
    url, key, secret = _quoted(target.url), _quoted(target.api_key), _quoted(target.secret)
    return f"""
# pip install nautilus_trader
from nautilus_trader.adapters.bybit.config import BybitDataClientConfig, BybitExecClientConfig

# For data_clients and exec_clients of TradingNodeConfig, as {{"BYBIT": ...}}.
data_client = BybitDataClientConfig(
    api_key={key},
    api_secret={secret},
    base_url_http={url},
)
exec_client = BybitExecClientConfig(
    api_key={key},
    api_secret={secret},
    base_url_http={url},
    base_url_ws_private={_quoted(target.stream + "/v5/private")},
    base_url_ws_trade={_quoted(target.stream + "/v5/trade")},
)
# The public stream of the data client keeps the exchange's host, it has no option for it:
# `utabox run --isolate -- python bot.py` keeps it in.
"""


def _freqtrade(target: Target) -> str:
    here = {"public": target.url, "private": target.url}
    exchange = {
        "name": "bybit",
        "key": target.api_key,
        "secret": target.secret,
        "enable_ws": False,
        "ccxt_config": {"urls": {"api": here, "demotrading": here}},
    }
    notes = (
        '// Merge this into config.json, with `"dry_run": false`: a dry run asks for no account.',
        "// `enable_ws`: the streams would keep the exchange's hosts.",
    )
    return "\n".join((*notes, json.dumps({"exchange": exchange}, indent=4), ""))


def _hummingbot(target: Target) -> str:
    url, stream = target.url, target.stream
    return f"""
# Hummingbot has no option for it: append these lines to files of your installation. Then
# `connect bybit`, API key {_bare(target.api_key)}, secret {_bare(target.secret)}.

# hummingbot/connector/exchange/bybit/bybit_constants.py
REST_URLS = dict.fromkeys(REST_URLS, {_quoted(url)})
WSS_PUBLIC_URL = dict.fromkeys(WSS_PUBLIC_URL, {_quoted(stream + "/v5/public/spot")})
WSS_PRIVATE_URL = dict.fromkeys(WSS_PRIVATE_URL, {_quoted(stream + "/v5/private")})

# hummingbot/connector/derivative/bybit_perpetual/bybit_perpetual_constants.py
REST_URLS = dict.fromkeys(REST_URLS, {_quoted(url + "/")})
WSS_LINEAR_PUBLIC_URLS = dict.fromkeys(
    WSS_LINEAR_PUBLIC_URLS, {_quoted(stream + "/v5/public/linear")}
)
WSS_NON_LINEAR_PUBLIC_URLS = dict.fromkeys(
    WSS_NON_LINEAR_PUBLIC_URLS, {_quoted(stream + "/v5/public/inverse")}
)
WSS_LINEAR_PRIVATE_URLS = dict.fromkeys(WSS_LINEAR_PRIVATE_URLS, {_quoted(stream + "/v5/private")})
WSS_NON_LINEAR_PRIVATE_URLS = WSS_LINEAR_PRIVATE_URLS
"""


def _bare(text: str) -> str:
    """A key or secret as it stands in a comment: on one line, whatever is in it."""
    return _quoted(text)[1:-1]


def _curl(target: Target) -> str:
    return f"""
url={shlex.quote(target.url)}
key={shlex.quote(target.api_key)}
secret={shlex.quote(target.secret)}

curl -sS "$url/v5/market/time"

# Signed: timestamp, key, window and query of a GET; the body in place of the query of a POST.
query='accountType=UNIFIED&coin=USDT'
now="$(date +%s)000"
sign=$(printf %s "$now$key"5000"$query" | openssl dgst -sha256 -hmac "$secret" | sed 's/.* //')
curl -sS "$url/v5/account/wallet-balance?$query" -H "X-BAPI-API-KEY: $key" \\
  -H "X-BAPI-TIMESTAMP: $now" -H "X-BAPI-RECV-WINDOW: 5000" -H "X-BAPI-SIGN: $sign"
"""


def _quoted(text: str) -> str:
    """As a literal of Python, JavaScript and JSON alike."""
    return json.dumps(text)


CLIENTS: dict[str, Callable[[Target], str]] = {
    "pybit": _pybit,
    "ccxt": _ccxt,
    "bybit-api": _bybit_api,
    "nautilus": _nautilus,
    "freqtrade": _freqtrade,
    "hummingbot": _hummingbot,
    "curl": _curl,
}
"""In the order in which `utabox env --help` names them."""
