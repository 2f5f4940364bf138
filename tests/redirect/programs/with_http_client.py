"""http.client: a host, a path; the answer on stdout. So are all of these programs."""

import http.client
import sys

host, path = sys.argv[1:3]
connection = http.client.HTTPSConnection(host, timeout=10)
connection.request("GET", path)
print(connection.getresponse().read().decode())
