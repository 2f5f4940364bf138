"""Which of the exchange's environments a request came to, by its Host header.

The documentation gives each environment hosts of its own (docs/v5/guide, docs/v5/demo); the one of
testnet-demo is in the official Python client only. A client that reaches this server under such a
name, through a hosts file or a proxy, finds that environment. Under any other name it finds the
one that the server was started for (`--environment`), which may be all of them together.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from utabox.terms import Environment

HOSTS = {
    "api.bybit.com": Environment.MAINNET,
    "api.bytick.com": Environment.MAINNET,
    "api.bybit.nl": Environment.MAINNET,
    "api.bybit.tr": Environment.MAINNET,
    "api.bybit.kz": Environment.MAINNET,
    "api.bybitgeorgia.ge": Environment.MAINNET,
    "api.bybit.ae": Environment.MAINNET,
    "api.bybit.eu": Environment.MAINNET,
    "api.bybit.id": Environment.MAINNET,
    "api.manepa.jp": Environment.MAINNET,
    "api-testnet.bybit.com": Environment.TESTNET,
    "api-demo.bybit.com": Environment.DEMO,
    "api-demo-testnet.bybit.com": Environment.TESTNET_DEMO,
}
"""Source: docs/v5/guide, docs/v5/demo; the last one: pybit."""

CLIENT_HOSTS = {
    "api.bybit-tr.com": Environment.MAINNET,  # pybit, domain="bybit-tr"
    "api.bybit.com.hk": Environment.MAINNET,  # pybit, tld="com.hk"; ccxt, hostname
    "api.spark-fintech.com": Environment.MAINNET,  # bybit-api, apiRegion "HK"
    "api-testnet.spark-fintech.com": Environment.TESTNET,
    "api-testnet.manepa.jp": Environment.TESTNET,  # bybit-api, apiRegion "JP"
    "api-testnet.bytick.com": Environment.TESTNET,  # pybit and ccxt, of the second domain
    "api-demo.bytick.com": Environment.DEMO,
    "api-demo-testnet.bytick.com": Environment.TESTNET_DEMO,
}
"""No page names these; clients build them. Source: pybit 5.17, bybit-api 4.7, ccxt 4.5."""

STREAM_HOSTS = {
    "stream.bybit.com": Environment.MAINNET,
    "stream-testnet.bybit.com": Environment.TESTNET,
    "stream-demo.bybit.com": Environment.DEMO,
    # Those below stand in clients only: bybit-api's regions, pybit's domains and endings.
    "stream-demo-testnet.bybit.com": Environment.TESTNET_DEMO,
    "stream.bytick.com": Environment.MAINNET,
    "stream-testnet.bytick.com": Environment.TESTNET,
    "stream-demo.bytick.com": Environment.DEMO,
    "stream-demo-testnet.bytick.com": Environment.TESTNET_DEMO,
    "stream.bybit.nl": Environment.MAINNET,
    "stream.bybit.tr": Environment.MAINNET,
    "stream.bybit-tr.com": Environment.MAINNET,
    "stream.bybit.kz": Environment.MAINNET,
    "stream.bybitgeorgia.ge": Environment.MAINNET,
    "stream.bybit.ae": Environment.MAINNET,
    "stream.bybit.eu": Environment.MAINNET,
    "stream.bybit.id": Environment.MAINNET,
    "stream.bybit.com.hk": Environment.MAINNET,
    "stream.spark-fintech.com": Environment.MAINNET,
    "stream.manepa.jp": Environment.MAINNET,
}
"""WebSocket. Source: docs/v5/ws/connect, docs/v5/demo; then pybit, bybit-api."""

NAMED = {**HOSTS, **CLIENT_HOSTS, **STREAM_HOSTS}
"""Every name under which a client may look for the exchange's API."""

HOST_MAX = 64  # bytes; no host of the table is longer, with any port


def environment_of(host: bytes, profile: Environment | None) -> Environment | None:
    """The environment that a request came to; None: all of them together.

    Args:
        host: Its Host header.
        profile: Where a host that is not in the table leads.
    """
    if len(host) > HOST_MAX:
        return profile
    return _named(host) or profile


def is_named(host: bytes) -> bool:
    """Whether a Host header is one of the exchange's."""
    return len(host) <= HOST_MAX and _named(host) is not None


def host_of(environment: Environment) -> str:
    """The first documented host of an environment."""
    return next(host for host, known in HOSTS.items() if known is environment)


@lru_cache(maxsize=1024)  # so that an ordinary request costs one look-up, not a parsing
def _named(host: bytes) -> Environment | None:
    return NAMED.get(host.decode("latin-1").lower().partition(":")[0])


@lru_cache(maxsize=256)
def is_here(host: bytes, bound: str) -> bool:
    """Whether a Host header names this machine, the address that it listens at, or the exchange."""
    try:
        name = urlsplit(f"//{host.decode('latin-1')}").hostname or ""
    except ValueError:
        return False
    if name in (bound, "localhost") or name in NAMED:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
