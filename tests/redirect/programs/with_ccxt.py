"""ccxt, synchronous; a time that it parsed from the answer on stdout."""

import ccxt

print(ccxt.bybit().fetch_time())
