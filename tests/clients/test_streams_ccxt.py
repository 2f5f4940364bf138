"""The streams by ccxt.pro, unmodified: `urls` point it here, as those of REST do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import ccxt.pro
import pytest
from tests.actors import Actor, Exchange
from tests.clients.live import refusal, requests

WAIT_S = 10.0
QUIET_S = 0.3
"""How long nothing must come, where nothing is to come."""

Work = Callable[[Any], Coroutine[Any, Any, Any]]


def config(actor: Actor, **given: Any) -> dict[str, Any]:
    """What a user passes to `bybit`: a key, and where the API and its streams are."""
    url = actor.exchange.server.url
    stream = url.replace("http://", "ws://") + "/v5"
    own = f"{stream}/private"
    ws = {
        "public": {
            market: f"{stream}/public/{market}"
            for market in ("spot", "linear", "inverse", "option")
        },
        "private": {
            "contract": own,
            "usdc": own,
            "spot": {"unified": own, "nonUnified": own},
            "trade": f"{stream}/trade",
        },
    }
    here = {"public": url, "private": url, "ws": ws}
    urls = {"api": here, "test": here, "demotrading": here}
    return {"apiKey": actor.api_key, "secret": actor.secret, "urls": urls, **given}


def bybit(actor: Actor, work: Work, **given: Any) -> Any:
    """What becomes of `work` with a client; `given` is configuration of ccxt's own."""

    async def do() -> Any:
        client = ccxt.pro.bybit(config(actor, **given))
        try:
            return await asyncio.wait_for(work(client), 2 * WAIT_S)
        finally:
            await client.close()

    return asyncio.run(do())


async def change(actor: Actor, path: str, **body: Any) -> None:
    """A call from elsewhere, once a subscription to the wallet stands in the log."""

    def call() -> None:
        while not any('"wallet"' in entry["body"] for entry in requests(actor.exchange)):
            pass
        assert actor.post(path, **body).retCode == 0

    await asyncio.wait_for(asyncio.to_thread(call), WAIT_S)


@pytest.mark.parametrize("chosen", ["", "set_sandbox_mode", "enable_demo_trading"])
def test_no_stream_is_left_that_leads_elsewhere(exchange: Exchange, chosen: str) -> None:
    """Whatever is chosen, a URL that is still the exchange's would be connected to."""

    async def work(client: Any) -> Any:
        if chosen:
            getattr(client, chosen)(True)
        return client.urls["api"]["ws"], await client.authenticate(
            client.urls["api"]["ws"]["private"]["contract"]
        )

    streams, authenticated = bybit(exchange.account(), work)
    assert authenticated
    assert "bybit" not in json.dumps(streams)
    assert "hostname" not in json.dumps(streams)


def test_watch_balance(exchange: Exchange) -> None:
    """It resolves after each change, with what this changed."""
    alice = exchange.account(USDT="10000", BTC="1")

    async def work(client: Any) -> Any:
        watched = asyncio.create_task(client.watch_balance())
        await change(alice, "/v5/account/borrow", coin="ETH", amount="1")
        borrowed = (await watched)["info"]
        watched = asyncio.create_task(client.watch_balance())
        await change(alice, "/v5/account/set-collateral-switch", coin="BTC", collateralSwitch="OFF")
        return borrowed, await watched

    (borrowed,), balance = bybit(alice, work)
    assert [each["coin"] for each in borrowed["coin"]] == ["ETH"]
    assert [each["coin"] for each in balance["info"][0]["coin"]] == ["BTC"]
    assert (balance["BTC"]["total"], "ETH" in balance) == (1, True)
    assert [
        (entry["path"], entry["body"][:12]) for entry in requests(exchange)
        if entry["method"] == "WS"
    ] == [("/v5/private", '{"op":"auth"'), ("/v5/private", '{"op":"subsc')]  # fmt: skip


@pytest.mark.parametrize("channel", ["private", "trade"])
def test_authenticate(exchange: Exchange, channel: str) -> None:
    """Each of the two answers in its own words, and ccxt knows both."""

    async def work(client: Any) -> Any:
        where = client.urls["api"]["ws"]["private"]
        return await client.authenticate(where["contract" if channel == "private" else channel])

    assert bybit(exchange.account(), work) is True
    (entry,) = requests(exchange)
    assert (entry["path"], entry["retCode"], entry["signature"]) == (f"/v5/{channel}", 0, "checked")


def test_a_wrong_secret(exchange: Exchange) -> None:
    """ExchangeError with our text: ccxt looks for `request`, which the exchange does not send."""
    with pytest.raises(ccxt.ExchangeError, match="error sign") as raised:
        bybit(
            exchange.account(),
            lambda client: client.authenticate(client.urls["api"]["ws"]["private"]["contract"]),
            secret="not the secret",
        )
    assert raised.type is ccxt.ExchangeError
    assert "with the secret of this key" in refusal(exchange)["why"]["hint"]


@pytest.mark.parametrize(
    ("symbol", "path"),
    [
        ("BTC/USDT", "/v5/public/spot"),
        ("BTC/USDT:USDT", "/v5/public/linear"),
        ("BTC/USD:BTC", "/v5/public/inverse"),
    ],
)
def test_watch_ticker(exchange: Exchange, symbol: str, path: str) -> None:
    """It waits, and the log says why."""

    async def work(client: Any) -> None:
        await client.load_markets()
        await asyncio.wait_for(client.watch_ticker(symbol), QUIET_S)

    with pytest.raises(TimeoutError):
        bybit(exchange.account(), work)
    entry = requests(exchange)[-1]
    assert (entry["path"], entry["retCode"]) == (path, 0)
    assert entry["why"]["rule"] == "Some topics are accepted and send nothing yet."


def test_its_pings_are_answered(exchange: Exchange) -> None:
    """Three intervals without an answer would be RequestTimeout."""
    alice = exchange.account(USDT="10000")

    async def work(client: Any) -> Any:
        watched = asyncio.create_task(client.watch_balance())
        await asyncio.wait([watched], timeout=0.8)
        assert not watched.done()
        await change(alice, "/v5/account/borrow", coin="ETH", amount="1")
        return await watched

    balance = bybit(alice, work, streaming={"keepAlive": 100})
    assert [each["coin"] for each in balance["info"][0]["coin"]] == ["ETH"]
