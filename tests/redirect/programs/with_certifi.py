"""requests in a session that does not look at the environment: it trusts certifi alone."""

import sys

import requests

host, path = sys.argv[1:3]
session = requests.Session()
session.trust_env = False
print(session.get(f"https://{host}{path}", timeout=10).text)
