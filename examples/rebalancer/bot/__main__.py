"""python -m bot [--once]: the bot as it runs in production, with its key in the environment."""

import logging
import os
import sys
import time

from pybit.unified_trading import HTTP

from bot.rebalancer import Plan, Rebalancer

ROUND_S = 60


def main() -> None:
    logging.basicConfig(format="%(levelname)s %(message)s")
    session = HTTP(
        testnet=True,
        api_key=os.environ["BYBIT_API_KEY"],
        api_secret=os.environ["BYBIT_API_SECRET"],
    )
    rebalancer = Rebalancer(session, Plan())
    while True:
        for done in rebalancer.round():
            print(done, flush=True)
        if "--once" in sys.argv:
            break
        time.sleep(ROUND_S)


if __name__ == "__main__":
    main()
