"""The environment variables by which a program, and what it starts, finds this server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from utabox.redirect.hosts import DOMAINS, HOSTS

HERE = Path(__file__).parent
PYTHON, NODE = HERE / "python", HERE / "node" / "preload.cjs"

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")
NOT_PROXIED = "localhost,127.0.0.1,::1"

BUNDLES = (
    "SSL_CERT_FILE",  # OpenSSL, Go, Rust (rustls-native-certs), httpx, aiohttp
    "REQUESTS_CA_BUNDLE",  # requests
    "CURL_CA_BUNDLE",  # curl
    "WEBSOCKET_CLIENT_CA_BUNDLE",  # websocket-client
)
"""Variables that name all that is trusted: the usual authorities, and ours."""
ADDED = (
    "NODE_EXTRA_CA_CERTS",
    "DENO_CERT",
)
"""Variables that name what is trusted beside the usual."""

OURS = ("UTABOX_VENUE",)
"""Of the user's dealings with another server: not for the program."""


class Places(NamedTuple):
    """Where everything of one run is."""

    url: str
    token: str
    tls: str  # 127.0.0.1:PORT
    proxy: str  # http://127.0.0.1:PORT
    ca: Path
    bundle: Path


def surroundings(places: Places, before: Mapping[str, str]) -> dict[str, str]:
    """The environment of the program: `before`, with what leads it to us."""
    after = {name: value for name, value in before.items() if name not in OURS}
    after |= {
        "UTABOX_RUN_HOSTS": ",".join(HOSTS),
        "UTABOX_RUN_DOMAINS": ",".join(DOMAINS),
        "UTABOX_RUN_TLS": places.tls,
        "UTABOX_RUN_PROXY": places.proxy,
        "UTABOX_RUN_CA": str(places.ca),
        "UTABOX_RUN_BUNDLE": str(places.bundle),
        "UTABOX_URL": places.url,
        "UTABOX_TOKEN": places.token,
        "NO_PROXY": NOT_PROXIED,
        "no_proxy": NOT_PROXIED,
    }
    after |= dict.fromkeys(PROXIES, places.proxy)
    after |= dict.fromkeys(BUNDLES, str(places.bundle))
    after |= dict.fromkeys(ADDED, str(places.ca))
    after["PYTHONPATH"] = _before(str(PYTHON), after.get("PYTHONPATH", ""))
    after["NODE_OPTIONS"] = f"{after.get('NODE_OPTIONS', '')} {_required(NODE)}".strip()
    return after


def _before(first: str, rest: str) -> str:
    # An empty entry would be the current folder: none is made.
    return first + (os.pathsep + rest if rest else "")


def _required(module: Path) -> str:
    """An option of Node, as it reads quotes in NODE_OPTIONS."""
    quoted = str(module).replace("\\", "\\\\").replace('"', '\\"')
    return f'--require "{quoted}"'
