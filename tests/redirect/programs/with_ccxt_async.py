"""ccxt on asyncio; a time that it parsed from the answer on stdout."""

import ccxt.async_support as ccxt
import loops


async def main() -> None:
    exchange = ccxt.bybit()
    try:
        print(await exchange.fetch_time())
    finally:
        await exchange.close()


loops.run(main())
