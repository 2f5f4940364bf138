"""A library that is configured with a proxy of the program's own: its name, and perhaps a loop."""

import asyncio
import contextlib
import sys

PROXY, URL = "http://127.0.0.9:7890", "https://api.bybit.com/v5/market/time"


def of_requests() -> None:
    import requests

    requests.get(URL, proxies={"https": PROXY}, timeout=5)


async def of_aiohttp() -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.get(URL, proxy=PROXY):
        pass


async def of_httpx() -> None:
    import httpx

    async with httpx.AsyncClient(proxy=PROXY) as client:
        await client.get(URL)


def run(work: object) -> None:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)  # type: ignore[arg-type]


with contextlib.suppress(Exception):
    if sys.argv[1] == "requests":
        of_requests()
    else:
        run(of_aiohttp() if sys.argv[1] == "aiohttp" else of_httpx())
