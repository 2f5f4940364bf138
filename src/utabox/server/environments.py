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
"""Of REST, as pages name them. Source: docs/v5/guide, docs/v5/demo; the last one: pybit."""

DOMAINS = (
    "bybit.com",
    "bytick.com",
    "bybit.nl",
    "bybit.tr",
    "bybit.kz",
    "bybitgeorgia.ge",
    "bybit.ae",
    "bybit.eu",
    "bybit.id",
    "manepa.jp",
    # Those below stand in clients only.
    "bybit-tr.com",  # pybit, domain="bybit-tr"
    "bybit.com.hk",  # pybit, tld="com.hk"; ccxt, hostname
    "spark-fintech.com",  # bybit-api, apiRegion "HK"
)
"""Under which the API is. Source: docs/v5/guide; pybit 5.17, bybit-api 4.7, ccxt 4.5."""

PREFIXES = {
    "api": Environment.MAINNET,
    "api-testnet": Environment.TESTNET,
    "api-demo": Environment.DEMO,
    "api-demo-testnet": Environment.TESTNET_DEMO,
    "stream": Environment.MAINNET,
    "stream-testnet": Environment.TESTNET,
    "stream-demo": Environment.DEMO,
    "stream-demo-testnet": Environment.TESTNET_DEMO,
}
"""What a host begins with. Source: docs/v5/guide, docs/v5/demo, docs/v5/ws/connect for bybit.com.

pybit (testnet, demo, domain, tld) and ccxt (set_sandbox_mode, enable_demo_trading, hostname) put
each of them before any domain; bybit-api has some regions' testnet and streams."""

NAMED = {
    f"{prefix}.{domain}": environment
    for domain in DOMAINS
    for prefix, environment in PREFIXES.items()
}
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
