"""The environment variables by which a program, and what it starts, finds this server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from utabox.redirect.hosts import DOMAINS, HOSTS

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")
"""Variables that name a proxy, and are set for every program."""
MORE_PROXIES = frozenset(
    ("npm_config_http_proxy", "npm_config_https_proxy", "npm_config_proxy", "ws_proxy", "wss_proxy")
)
"""Others that some libraries prefer: they are led to us where the user has set them, in any case.
All that we do not know (`socks_proxy`) are taken away."""
NOT_PROXIED = "localhost,127.0.0.1,::1"

BUNDLES = {
    # OpenSSL, Go, Rust (rustls-native-certs), httpx, aiohttp:
    "SSL_CERT_FILE": ("SSL_CERT_FILE",),
    # requests:
    "REQUESTS_CA_BUNDLE": ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    "CURL_CA_BUNDLE": ("CURL_CA_BUNDLE", "SSL_CERT_FILE"),  # curl
    # websocket-client:
    "WEBSOCKET_CLIENT_CA_BUNDLE": ("WEBSOCKET_CLIENT_CA_BUNDLE", "SSL_CERT_FILE"),
}
"""Variables that name all that is trusted: the usual authorities, and ours. With each, where those
who read it look: the first that the user has set names what is usual for them."""
ADDED = (
    "NODE_EXTRA_CA_CERTS",
    "DENO_CERT",
)
"""Variables that name what is trusted beside the usual: the user's own, and ours."""

DROPPED = (
    "UTABOX_VENUE",  # of the user's dealings with another server
    "HOSTALIASES",  # by these the C library takes one name for another
    "LOCALDOMAIN",
    "RES_OPTIONS",
)
PREFIX = "UTABOX_RUN_"

LASTING = Path(__file__).parent / "python"
"""What every Python loads first, where it stays when the folder of the run has gone."""


class Places(NamedTuple):
    """Where everything of one run is."""

    url: str
    token: str
    tls: str  # 127.0.0.1:PORT
    plain: str  # 127.0.0.1:PORT
    """The same without TLS: where port 80 of the exchange's hosts leads. Not always that of `url`,
    which may be on another address, be a venue's, or be behind TLS itself."""
    proxy: str  # http://127.0.0.1:PORT
    ca: Path
    bundle: Path
    """The machine's authorities, and ours."""
    bundles: Mapping[str, Path]
    """The same for each of `BUNDLES`, for which the user may have named others."""
    extra: Path
    """What the user trusts beside the usual, and our authority."""
    python: Path
    """The folder with what every Python loads first."""
    node: Path
    """What every Node loads first."""
    shims: Path
    """The folder that comes first on PATH."""
    offline: bool = False


def fixed(places: Places) -> dict[str, str]:
    """What is the same for every program of the run, whatever its environment was."""
    after = {
        "UTABOX_RUN_ID": str(places.ca.parent),
        "UTABOX_RUN_HOSTS": ",".join(HOSTS),
        "UTABOX_RUN_DOMAINS": ",".join(DOMAINS),
        "UTABOX_RUN_TLS": places.tls,
        "UTABOX_RUN_PLAIN": places.plain,
        "UTABOX_RUN_URL": places.url,
        "UTABOX_RUN_PROXY": places.proxy,
        "UTABOX_RUN_CA": str(places.ca),
        "UTABOX_RUN_BUNDLE": str(places.bundle),
        "UTABOX_RUN_PYTHON": python_path(places),
        "UTABOX_RUN_NODE": str(places.node),
        "UTABOX_RUN_BIN": str(places.shims),
        "NO_PROXY": NOT_PROXIED,
        "no_proxy": NOT_PROXIED,
    }
    if places.offline:
        after["UTABOX_RUN_OFFLINE"] = "1"
    after |= dict.fromkeys(PROXIES, places.proxy)
    after |= {name: str(places.bundles[name]) for name in BUNDLES}
    return after | dict.fromkeys(ADDED, str(places.extra))


def python_path(places: Places) -> str:
    """What comes first on PYTHONPATH: the run's folder, and behind it what stays without it."""
    folders = [places.python] if os.pathsep in str(LASTING) else [places.python, LASTING]
    return os.pathsep.join(map(str, folders))


def surroundings(places: Places, before: Mapping[str, str]) -> dict[str, str]:
    """The environment of the program: `before`, with what leads it to us."""
    after = {}
    for name, value in without_a_run(before).items():
        if name in DROPPED:
            continue
        if not is_a_proxy(name):
            after[name] = value
        elif name.lower() in MORE_PROXIES or name.upper() in PROXIES:
            after[name] = places.proxy
    after |= fixed(places) | {"UTABOX_URL": places.url, "UTABOX_TOKEN": places.token}
    after["PYTHONPATH"] = _before(python_path(places), after.get("PYTHONPATH", ""))
    # Ours first: what the user requires may start other programs.
    after["NODE_OPTIONS"] = f"{required(places.node)} {after.get('NODE_OPTIONS', '')}".strip()
    after["PATH"] = _before(str(places.shims), after.get("PATH", os.defpath))
    return after


def without_a_run(before: Mapping[str, str]) -> dict[str, str]:
    """An environment as it was before a `utabox run` around this one, but for its proxy."""
    after = {name: value for name, value in before.items() if not name.startswith(PREFIX)}
    if "UTABOX_RUN_ID" not in before:
        return after
    for name, ours in (("PYTHONPATH", "PYTHON"), ("PATH", "BIN")):
        taken = before.get(PREFIX + ours, "").split(os.pathsep)
        rest = [entry for entry in after.get(name, "").split(os.pathsep) if entry not in taken]
        after[name] = os.pathsep.join(rest)
    option = required(Path(before.get("UTABOX_RUN_NODE", "")))
    after["NODE_OPTIONS"] = after.get("NODE_OPTIONS", "").replace(option, "").strip()
    return {name: value for name, value in after.items() if value or before[name] == value}


def is_a_proxy(name: str) -> bool:
    """Whether some library takes the variable for a proxy's, or for what goes past it."""
    lower = name.lower()
    named = lower.endswith("_proxy") or lower in ("npm_config_noproxy", "npm_config_proxy")
    return named and not name.startswith(PREFIX)


def required(module: Path) -> str:
    """An option of Node, as it reads quotes in NODE_OPTIONS."""
    quoted = str(module).replace("\\", "\\\\").replace('"', '\\"')
    return f'--require "{quoted}"'


def _before(first: str, rest: str) -> str:
    # An empty entry would be the current folder: none is made.
    return first + (os.pathsep + rest if rest else "")
