"""urllib3, which reads no proxy from the environment."""

import sys

import urllib3

host, path = sys.argv[1:3]
print(urllib3.PoolManager().request("GET", f"https://{host}{path}", retries=False).data.decode())
