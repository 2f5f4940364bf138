"""Whose name is this: a documented host, another of the exchange's, or somebody else's."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from socket import inet_aton, inet_ntoa

from utabox.server import environments
from utabox.server.environments import NAMED

HOSTS = tuple(sorted(NAMED))
"""Every documented host, and those that the clients build: these, and no others, are redirected."""

DOMAINS = (
    *environments.DOMAINS,
    "bybick.com",  # as docs/v5/rate-limit spells bytick.com: who copies it sends a stranger keys
)
"""The registrable domains of `HOSTS`, and one more. No name under them is ever looked up or
connected to."""

NEAR = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "255.255.255.255/32",
            "::/128",
            "::1/128",
            "fc00::/7",
            "fe80::/10",
        ),
    )
)
"""This machine and private networks, as the program's side has them. Not the ranges that some
proxies take for stand-ins of their own (198.18.0.0/15), nor any that is translated."""

RESOLVER = Path("/etc/resolv.conf")
NAME_MAX = 253
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")

Address = IPv4Address | IPv6Address


class NoName(ValueError):
    """What was given is neither a host name nor an address. The reason as a phrase."""


def normal(host: str) -> str:
    """A host name as it is compared: lower case, ASCII, without the dot of the root.

    Raises:
        NoName: it is none.
    """
    name = host
    if not name.isascii():
        try:
            # The mapping of IDNA 2003, as resolvers have it: full-width letters and dots become
            # the ordinary ones, which is how such a name would reach the exchange.
            name = name.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise NoName("not a host name in any script") from error
    name = name.lower().removesuffix(".")
    if not 0 < len(name) <= NAME_MAX or not all(map(_LABEL.fullmatch, name.split("."))):
        raise NoName("not a host name")
    return name


def is_redirected(name: str) -> bool:
    """Whether this server answers under it. `name` is a `normal` one."""
    return name in NAMED


def is_the_exchanges(name: str) -> bool:
    """Whether it lies under one of the exchange's domains. `name` is a `normal` one."""
    return any(name == domain or name.endswith(f".{domain}") for domain in DOMAINS)


def searched(resolver: Path = RESOLVER) -> str | None:
    """A domain of the exchange in which this machine looks up short names; None: there is none.

    `api` would be the exchange's there, and nobody would see it by the name.
    """
    try:
        lines = resolver.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    for keyword, *domains in map(str.split, filter(str.strip, lines)):
        if keyword in ("search", "domain"):
            for domain in domains:
                if is_the_exchanges(f".{domain}".lower().removesuffix(".")):
                    return domain
    return None


def address_of(host: str) -> Address | None:
    """The address that `host` spells, in any of the spellings that resolvers take; None: a name."""
    text = host.removeprefix("[").removesuffix("]")
    try:
        address: Address = ip_address(text)
    except ValueError:
        try:
            return IPv4Address(inet_ntoa(inet_aton(text)))  # 127.1, 0x7f000001, 2130706433
        except (OSError, UnicodeError, ValueError):
            return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_near(address: Address) -> bool:
    """Whether it is of this machine or of a private network, where no exchange is."""
    return any(address in network for network in NEAR)
