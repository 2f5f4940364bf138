"""Where names and addresses lead."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

PREFIX = "UTABOX_RUN_"

STAND_IN = "127.85.84.66"
"""What a documented host is looked up as: a loopback address of ours alone. On a connection to it,
the port says where it leads."""
STAND_IN_6 = "::ffff:" + STAND_IN
OURS = "127.0.0.1"
OURS_6 = "::ffff:" + OURS

NEAR = (
    "0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "255.255.255.255/32", "::/128", "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip
"""This machine and private networks. Not the ranges that some proxies take for stand-ins of their
own (198.18.0.0/15), nor any that is translated (64:ff9b::/96)."""

HERE = ("0.0.0.0/8", "127.0.0.0/8", "::/128", "::1/128")
"""This machine: all that there is with --offline."""

PERMITTED_MAX = 100_000
"""Addresses of other hosts; beyond them all are forgotten."""

ANY_OR_ALL = {"": "0.0.0.0", "<broadcast>": "255.255.255.255"}
"""What Python's sockets take for these addresses."""

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")

own_ports: set[int] = set()
"""Of this machine: connections to them lead to a utabox."""


class Rules:
    """Where names and addresses lead. It touches no socket."""

    def __init__(self, environ: Mapping[str, str], sockets: Any) -> None:
        self._sockets = sockets
        self.hosts = frozenset(environ[PREFIX + "HOSTS"].lower().split(","))
        self.domains = tuple(environ[PREFIX + "DOMAINS"].lower().split(","))
        self.bundle = environ[PREFIX + "BUNDLE"]
        self._refused_name: type[OSError] = type("RefusedName", (sockets.gaierror,), {})
        # Of an older utabox it was the port of the URL.
        url, plain = environ[PREFIX + "URL"], environ.get(PREFIX + "PLAIN")
        self.ports = {
            443: int(environ[PREFIX + "TLS"].rpartition(":")[2]),
            80: _port_of("http://" + plain if plain else url),
        }
        own_ports.update((*self.ports.values(), _port_of(environ[PREFIX + "PROXY"])))
        self.offline = environ.get(PREFIX + "OFFLINE") == "1"
        self._near = [self._network(text) for text in (HERE if self.offline else NEAR)]
        self._permitted: dict[bytes, None] = {}

    def name(self, host: object) -> str | None:
        """A host as it is compared; None: an address, "any" or "all", or of a type that is refused.

        Raises:
            gaierror: it cannot be told where it would lead.
        """
        try:
            text = _read(host)
        except UnicodeError:
            raise self.refused_name(host, "is no host name in any script") from None
        if text is None or text in ANY_OR_ALL or self.packed(text) is not None:
            return None
        text = text.lower()
        if text.endswith("."):
            text = text[:-1]
        if not text or not LETTERS.issuperset(text):
            raise self.refused_name(host, "is no host name")
        return text

    def is_ours(self, name: str | None) -> bool:
        """Whether it is a documented host.

        Raises:
            gaierror: it is another of the exchange's.
        """
        if name is None:
            return False
        if name in self.hosts:
            return True
        if self.is_the_exchanges(name):
            raise self.refused_name(
                name,
                "is the exchange's, and no host that its documentation has for programs: use "
                "one of those, such as " + min(self.hosts),
            )
        if self.offline and name != "localhost":
            raise self.refused_name(name, "is elsewhere, and --offline was given: leave it out")
        return False

    def is_the_exchanges(self, name: str | None) -> bool:
        """Whether it lies under one of the exchange's domains."""
        return name is not None and (
            name in self.hosts
            or any(name == domain or name.endswith("." + domain) for domain in self.domains)
        )

    def leads_to_us(self, address: object) -> bool:
        """Whether what a socket connects to is our server or our proxy."""
        return (
            isinstance(address, tuple)
            and len(address) > 1
            and address[1] in own_ports
            and self.packed(address[0]) == self.packed(OURS)
        )

    def check_asked(self, host: str, peer: object) -> None:
        """Let another side be asked to connect to a host.

        Raises:
            Refused: it is the exchange's, or may be.
        """
        try:
            name = self.name(host)
        except OSError:
            return  # which no resolver takes
        if name is None:
            packed = self.packed(host)
            passes = packed is None or packed in self._permitted or self.is_near(packed)
        else:
            passes = not self.is_the_exchanges(name)
        if not passes:
            raise self.asked_past_us(host, peer)

    def check_server_name(self, host: object, peer: object) -> None:
        """Let TLS begin with a name.

        Raises:
            Refused: it is the exchange's, and leads past us.
        """
        if isinstance(host, str) and not self.leads_to_us(peer):
            try:
                name = self.name(host)
            except OSError:
                return
            if self.is_the_exchanges(name):
                raise self.asked_past_us(host, peer)

    def asked_past_us(self, host: str, peer: object) -> OSError:
        where = "{}:{}".format(*peer[:2]) if isinstance(peer, tuple) and peer[1:] else peer
        return Refused(
            111 if sys.platform == "linux" else 61,
            f"utabox run: no connection to {host} by way of {where or 'another connection'}: that "
            "leads past your utabox, to the exchange if it is a proxy. Take the proxy, or the "
            "address, out of the program's own settings.",
        )

    def port(self, host: str, port: object) -> int:
        """Where a port of a documented host leads; 0 if none was told.

        Raises:
            gaierror: nowhere.
        """
        names = {"https": 443, "http": 80}
        if isinstance(port, (bytes, bytearray)):
            port = bytes(port).decode("ascii", "replace")
        if isinstance(port, str):
            port = names.get(port.lower(), port)
        try:
            number = int(port)  # type: ignore[call-overload]
        except (TypeError, ValueError):
            number = -1
        if number == 0:
            return 0
        if number not in self.ports:
            raise self.refused_name(
                host, "leads to your utabox on its ports 443 and 80 only, not on " + str(port)
            )
        return self.ports[number]

    def check(self, host: object, port: object) -> None:
        """Let an address pass, or a name that is not the exchange's.

        Raises:
            ConnectionRefusedError: it may lead to the exchange.
            gaierror: it does.
        """
        name = self.name(host)
        if name is not None:
            if self.is_ours(name):
                raise self.refused_name(
                    name,
                    "was given to a socket that goes past Python's: run the program with --isolate",
                )
            return
        packed = self.packed(host)
        if packed is None:
            packed = self.packed(ANY_OR_ALL.get(_read(host) or ""))
        if packed is not None and (packed in self._permitted or self.is_near(packed)):
            return  # else it is elsewhere, or nothing that we can read
        if self.offline:
            raise Refused(
                111 if sys.platform == "linux" else 61,
                f"utabox run: no connection to {_shown(host)} port {port}: it is elsewhere, and "
                "--offline was given: leave it out.",
            )
        raise Refused(
            111 if sys.platform == "linux" else 61,
            f"utabox run: no connection to {_shown(host)} port {port}: it is no address of this "
            "machine or of a private network, and no look-up of a host gave it, so it may be the "
            "exchange's. Let the program connect to the host by its name.",
        )

    def permit(self, addresses: Iterable[object]) -> None:
        """Let what the look-up of another host gave be connected to."""
        if self.offline:
            return
        if len(self._permitted) > PERMITTED_MAX:
            self._permitted.clear()
        for address in addresses:
            packed = self.packed(address)
            if packed is not None:
                self._permitted[packed] = None

    def is_near(self, packed: bytes) -> bool:
        number = int.from_bytes(packed, "big")
        return any(len(packed) == n and number >> s == net for n, s, net in self._near)

    def packed(self, host: object) -> bytes | None:
        """The bytes of an address in any spelling that sockets take; None: it is none."""
        try:
            text = _read(host)
        except UnicodeError:
            return None
        if text is None:
            return None
        try:
            address = text.partition("%")[0]  # before a zone
            packed: bytes = self._sockets.inet_pton(self._sockets.AF_INET6, address)
        except (OSError, ValueError):
            try:
                # 127.1, 0x7f000001, 2130706433
                return self._sockets.inet_aton(text)  # type: ignore[no-any-return]
            except (OSError, ValueError):
                return None
        mapped = b"\0" * 10 + b"\xff\xff"
        return packed[12:] if packed.startswith(mapped) else packed

    def refused_name(self, host: object, why: str) -> OSError:
        text = f"utabox run: {_shown(host)} {why}. Nothing was looked up."
        return self._refused_name(self._sockets.EAI_NONAME, text)

    def _network(self, text: str) -> tuple[int, int, int]:
        address, _, bits = text.partition("/")
        packed = self.packed(address) or b""
        shift = len(packed) * 8 - int(bits)
        return len(packed), shift, int.from_bytes(packed, "big") >> shift


class Refused(ConnectionRefusedError):
    """A connection that may lead to the exchange."""


def _read(host: object) -> str | None:
    """A host as resolvers read it: full-width letters, digits and dots become the ordinary ones.
    None: it is of a type that sockets refuse.

    Raises:
        UnicodeError: it is no host name in any script.
    """
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("utf-8")
    if not isinstance(host, str):
        return None
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _shown(host: object) -> str:
    return host if isinstance(host, str) else repr(host)


def _port_of(url: str) -> int:
    scheme, _, rest = url.partition("://")
    port = rest.partition("/")[0].rpartition(":")[2]
    return int(port) if port.isdigit() else {"https": 443}.get(scheme, 80)
