"""requests."""

import sys

import requests

host, path = sys.argv[1:3]
print(requests.get(f"https://{host}{path}", timeout=10).text)
