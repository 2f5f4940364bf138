"""Which of the exchange's environments a request came to, by its Host header.

The documentation gives each environment hosts of its own (docs/v5/guide, docs/v5/demo); the one of
testnet-demo is in the official Python client only. A client that reaches this server under such a
name, through a hosts file or a proxy, finds that environment. Under any other name it finds the
one that the server was started for (`--environment`), which may be all of them together.
"""

from __future__ import annotations

from functools import lru_cache

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


def host_of(environment: Environment) -> str:
    """The first documented host of an environment."""
    return next(host for host, known in HOSTS.items() if known is environment)


@lru_cache(maxsize=1024)  # so that an ordinary request costs one look-up, not a parsing
def _named(host: bytes) -> Environment | None:
    return HOSTS.get(host.decode("latin-1").lower().partition(":")[0])
