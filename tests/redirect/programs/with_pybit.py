"""pybit, as the exchange's documentation has it."""

import json

from pybit.unified_trading import HTTP

session = HTTP(
    testnet=True,
    api_key="xxxxxxxxxxxxxxxxxx",
    api_secret="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
)
print(json.dumps(session.get_account_info()))
