"""httpx, synchronous."""

import sys

import httpx

host, path = sys.argv[1:3]
print(httpx.get(f"https://{host}{path}").text)
