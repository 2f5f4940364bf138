"""Runs first in every Python under `utabox run`: the exchange's hosts lead to us or nowhere.

Python imports it by its name from PYTHONPATH, before the program. It needs nothing but the standard
library, runs on Python 3.8 and later, and imports no package of the program's: those that need
something are patched when the program imports them. What it does:

* A name of a documented host is looked up as an address of ours, and leads to us on its ports 443
  and 80; other names under the exchange's domains are refused; all others are looked up as ever.
* An audit hook, which nothing can take away, sees every connection and datagram of Python's own
  sockets. It lets pass what goes to this machine, to a private network, or to an address that a
  look-up of another host gave. An address that came from elsewhere may be the exchange's.
* What a connection that does not lead to us says first is read: a proxy of the program's own, which
  is asked for the exchange, is not asked.
* Libraries that go past Python's sockets (uvloop, gevent, c-ares) or trust authorities of their
  own (certifi) are led the same way. Native code with sockets of its own is not: --isolate is for
  that.
* Whatever the program starts is given the same environment, even if it has changed its own.

If any of it cannot be done, the process ends: a program that runs unprotected would trade for real.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` takes as long to import as all of this
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, NoReturn

EXIT = 70  # EX_SOFTWARE
PREFIX = "UTABOX_RUN_"
KEPT = (
    "CURL_CA_BUNDLE", "DENO_CERT", "NODE_EXTRA_CA_CERTS", "NO_PROXY", "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE", "WEBSOCKET_CLIENT_CA_BUNDLE", "no_proxy",
)  # fmt: skip
"""Variables that every child is given as we were given them, beside those of `PREFIX` and what
names a proxy: one that we do not know is taken away."""
PROXIES = frozenset((
    "all_proxy", "http_proxy", "https_proxy", "npm_config_http_proxy", "npm_config_https_proxy",
    "npm_config_proxy", "ws_proxy", "wss_proxy",
))  # fmt: skip
"""Those that we know, in lower case."""
IF_ABSENT = ("UTABOX_TOKEN", "UTABOX_URL")
"""Variables that a child is given if it is given none: it may deal with another server."""
DROPPED = ("HOSTALIASES", "LOCALDOMAIN", "RES_OPTIONS")
"""Variables by which the C library takes one name for another."""

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

SAID_MAX = 16_640
"""Bytes of a connection that are read until it is known for whom they are: a TLS record."""

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


def _end(sentence: str) -> NoReturn:
    """Say why, and end the process at once, whatever the program would make of an exception."""
    text = "utabox run: " + sentence + " The program was ended, so that nothing leaks.\n"
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:
        pass
    os._exit(EXIT)


class _Rules:
    """Where names and addresses lead. It touches no socket."""

    def __init__(self, environ: Mapping[str, str], sockets: Any) -> None:
        self._sockets = sockets
        self.hosts = frozenset(environ[PREFIX + "HOSTS"].lower().split(","))
        self.domains = tuple(environ[PREFIX + "DOMAINS"].lower().split(","))
        self.bundle = environ[PREFIX + "BUNDLE"]
        self.ports = {
            443: int(environ[PREFIX + "TLS"].rpartition(":")[2]),
            80: _port_of(environ[PREFIX + "URL"]),
        }
        _own_ports.update((*self.ports.values(), _port_of(environ[PREFIX + "PROXY"])))
        self.offline = environ.get(PREFIX + "OFFLINE") == "1"
        self._near = [self._network(text) for text in (HERE if self.offline else NEAR)]
        self._permitted: dict[bytes, None] = {}

    def name(self, host: object) -> str | None:
        """A host as it is compared; None: an address, "any" or "all", or of a type that is refused.

        Raises:
            gaierror: it cannot be told where it would lead.
        """
        try:
            if isinstance(host, (bytes, bytearray)):
                host = bytes(host).decode("utf-8")
            if not isinstance(host, str):
                return None
            # As resolvers do: full-width letters and dots become the ordinary ones.
            text = host if host.isascii() else host.encode("idna").decode("ascii")
        except UnicodeError:
            raise self.refused_name(host, "is no host name in any script") from None
        if text in ("", "<broadcast>") or self.packed(text) is not None:
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
            and address[1] in _own_ports
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
        if packed is None or packed in self._permitted or self.is_near(packed):
            return
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
        if isinstance(host, (bytes, bytearray)):
            host = bytes(host).decode("latin-1")
        if not isinstance(host, str):
            return None
        text = host.partition("%")[0]  # a zone
        try:
            packed: bytes = self._sockets.inet_pton(self._sockets.AF_INET6, text)
        except (OSError, ValueError):
            try:
                # 127.1, 0x7f000001, 2130706433
                return self._sockets.inet_aton(host)  # type: ignore[no-any-return]
            except (OSError, ValueError):
                return None
        mapped = b"\0" * 10 + b"\xff\xff"
        return packed[12:] if packed.startswith(mapped) else packed

    def refused_name(self, host: object, why: str) -> OSError:
        text = f"utabox run: {_shown(host)} {why}. Nothing was looked up."
        return _refused_name(self._sockets.EAI_NONAME, text)

    def _network(self, text: str) -> tuple[int, int, int]:
        address, _, bits = text.partition("/")
        packed = self.packed(address) or b""
        shift = len(packed) * 8 - int(bits)
        return len(packed), shift, int.from_bytes(packed, "big") >> shift


class Refused(ConnectionRefusedError):
    """A connection that may lead to the exchange."""


_refused_name: Callable[[int, str], OSError] = OSError
"""A gaierror, which is made in `_install`: this Python may not run under us."""


# What a connection that does not lead to us says first.


class _Saying:
    """Reads what is sent until it is known for whom it is."""

    def __init__(self, rules: _Rules, peer: object) -> None:
        self._rules, self._peer = rules, peer
        self._said = b""
        self._whole_urls = False  # then the connection's next request may be for another host

    def goes_on(self, data: Any) -> bool:
        """Look at what is about to be sent; False: nothing more need be looked at.

        Raises:
            Refused: it asks the other side for the exchange.
        """
        said = self._said + bytes(memoryview(data)[:SAID_MAX])
        host = _asked_for(said)
        if host is None and not self._whole_urls:
            self._said = said
            return len(said) < SAID_MAX
        self._said = b""
        if host:
            self._rules.check_asked(host.decode("utf-8", "replace"), self._peer)
            self._whole_urls |= b"://" in said[:16]
        return self._whole_urls


def _asked_for(said: bytes) -> bytes | None:
    """The host that the first bytes ask the other side for; empty: none; None: not known yet.

    They may be a proxy's request (CONNECT, a whole URL, SOCKS) or TLS with a server's name.
    """
    if not said:
        return None
    try:
        if said[0] == 22:
            return _server_name(said)
        if said[0] == 5:
            return _asked_of_socks5(said)
        if said[0] == 4:
            return _asked_of_socks4(said)
    except IndexError:
        return None if len(said) < SAID_MAX else b""
    method, space, rest = said.partition(b" ")
    if not method.isalpha() or len(method) > 16:
        return b""
    if not space:
        return None
    end = min((at for at in map(rest.find, (b" ", b"\r", b"\n")) if at >= 0), default=-1)
    target = rest if end < 0 else rest[:end]
    if method.upper() != b"CONNECT":
        scheme, mark, target = target.partition(b"://")
        if not mark:
            return None if end < 0 and len(scheme) < 8 and scheme.isalpha() else b""
        ends = [at for at in map(target.find, (b"/", b"?", b"#")) if at >= 0]
        if not ends and end < 0:
            return None
        target = target[: min(ends, default=len(target))]
    elif end < 0:
        return None
    host = target.rpartition(b"@")[2]
    name, colon, port = host.rpartition(b":")
    if colon and not port.endswith(b"]"):
        host = name
    return host.strip(b"[]")


def _asked_of_socks5(said: bytes) -> bytes | None:
    at = 2 + said[1]  # after the greeting
    if said[at] == 1:  # a user name and a password
        at += 2 + said[at + 1]
        at += 1 + said[at]
    if said[at] != 5 or said[at + 2] != 0:
        return b""
    kind, at = said[at + 3], at + 4
    if kind == 3:
        end = at + 1 + said[at]
        return said[at + 1 : end] if len(said) >= end else None
    return _spelled(said, at, {1: 4, 4: 16}.get(kind, 0))


def _asked_of_socks4(said: bytes) -> bytes | None:
    if said[1] not in (1, 2):
        return b""
    if said[4:7] != b"\0\0\0" or said[7] == 0:
        return _spelled(said, 4, 4)
    _, mark, rest = said[8:].partition(b"\0")
    host, end, _ = rest.partition(b"\0")
    return host if mark and end else None


def _spelled(said: bytes, at: int, length: int) -> bytes | None:
    """The address that stands there."""
    packed = said[at : at + length]
    if len(packed) < length:
        return None
    if length == 4:
        return ".".join(map(str, packed)).encode()
    return ":".join(packed[i : i + 2].hex() for i in range(0, length, 2)).encode()


def _server_name(said: bytes) -> bytes | None:
    """Of a TLS ClientHello."""
    hello, at = b"", 0
    while len(hello) < 4 or len(hello) < 4 + int.from_bytes(hello[1:4], "big"):
        if said[at] != 22 or said[at + 1] != 3:
            return b""
        end = at + 5 + (said[at + 3] << 8) + said[at + 4]
        if len(said) < end:
            return None
        hello, at = hello + said[at + 5 : end], end
    try:
        at = 4 + 2 + 32
        at += 1 + hello[at]
        at += 2 + (hello[at] << 8) + hello[at + 1]
        at += 1 + hello[at] + 2
        while at + 4 <= len(hello):
            kind = (hello[at] << 8) + hello[at + 1]
            length = (hello[at + 2] << 8) + hello[at + 3]
            if kind == 0:
                return hello[at + 4 + 5 : at + 4 + length]
            at += 4 + length
    except IndexError:
        pass
    return b""


def _shown(host: object) -> str:
    return host if isinstance(host, str) else repr(host)


def _port_of(url: str) -> int:
    scheme, _, rest = url.partition("://")
    port = rest.partition("/")[0].rpartition(":")[2]
    return int(port) if port.isdigit() else {"https": 443}.get(scheme, 80)


# Look-ups and connections of Python's own sockets.


def _lead_lookups(rules: _Rules, sockets: Any) -> None:
    """Replace the C functions that look names up; `socket` and asyncio use no others."""
    getaddrinfo = sockets.getaddrinfo
    gethostbyname, gethostbyname_ex = sockets.gethostbyname, sockets.gethostbyname_ex
    gethostbyaddr = sockets.gethostbyaddr

    def lead_getaddrinfo(
        host: Any,
        port: Any,
        family: int = 0,
        type: int = 0,  # noqa: A002
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        name = rules.name(host)
        if name is None or flags & sockets.AI_NUMERICHOST:
            return getaddrinfo(host, port, family, type, proto, flags)
        if not rules.is_ours(name):
            found = getaddrinfo(host, port, family, type, proto, flags)
            rules.permit(entry[4][0] for entry in found if isinstance(entry[4][0], str))
            return found
        # The port stays: some connect to the address with the port that they asked with.
        if port is not None:
            rules.port(name, port)
        address = STAND_IN_6 if family == sockets.AF_INET6 else STAND_IN
        found = getaddrinfo(address, port, family, type, proto, sockets.AI_NUMERICHOST)
        if flags & sockets.AI_CANONNAME:
            found[0] = (*found[0][:3], name, *found[0][4:])
        return found

    def lead_gethostbyname(host: Any) -> Any:
        name = rules.name(host)
        if rules.is_ours(name):
            return STAND_IN
        found = gethostbyname(host)
        if name is not None:
            rules.permit([found])
        return found

    def lead_gethostbyname_ex(host: Any) -> Any:
        name = rules.name(host)
        if rules.is_ours(name):
            return name, [], [STAND_IN]
        found = gethostbyname_ex(host)
        if name is not None:
            rules.permit(found[2])
        return found

    def lead_gethostbyaddr(host: Any) -> Any:
        name = rules.name(host)
        return (name, [], [STAND_IN]) if rules.is_ours(name) else gethostbyaddr(host)

    sockets.getaddrinfo, sockets.gethostbyaddr = lead_getaddrinfo, lead_gethostbyaddr
    sockets.gethostbyname = lead_gethostbyname
    sockets.gethostbyname_ex = lead_gethostbyname_ex


def _lead_address(rules: _Rules, address: Any) -> Any:
    """The address that a connection goes to instead, of the same form."""
    if not isinstance(address, tuple) or len(address) < 2:
        return address  # which Python refuses
    host, port = address[:2]
    name = rules.name(host)
    if name is None and rules.packed(host) != rules.packed(STAND_IN):
        return address
    if name is not None and not rules.is_ours(name):
        return address
    ours = OURS if len(address) == 2 else OURS_6
    return (ours, rules.port(name or "the exchange", port), *address[2:])


def _lead_sockets(rules: _Rules, sockets: Any) -> Callable[[Any], None]:
    """Give connections to names and stand-ins their way."""

    def lead(module: Any) -> None:
        for name in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
            setattr(module, name, getattr(sockets, name))  # if it was imported before us
        base = sockets.socket
        internet = (sockets.AF_INET, sockets.AF_INET6)
        saying: dict[int, _Saying] = {}  # by descriptor

        def led(sock: Any, address: Any) -> Any:
            return _lead_address(rules, address) if sock.family in internet else address

        def begun(sock: Any, address: Any) -> Any:
            """Where a connection goes; what it says there is looked at."""
            where = led(sock, address)
            if rules.leads_to_us(where) or not sock.type & sockets.SOCK_STREAM:
                saying.pop(base.fileno(sock), None)
            else:
                saying[base.fileno(sock)] = _Saying(rules, where)
            return where

        def look(sock: Any, data: Any) -> None:
            number = base.fileno(sock)
            first = saying.get(number)
            if first is None:
                return
            try:
                if not first.goes_on(data):
                    del saying[number]
            except Refused:
                try:  # noqa: SIM105 - contextlib is not loaded for it
                    base.shutdown(sock, sockets.SHUT_RDWR)
                except OSError:
                    pass
                raise

        def connect(self: Any, address: Any) -> Any:
            return base.connect(self, begun(self, address))

        def connect_ex(self: Any, address: Any) -> Any:
            try:
                return base.connect_ex(self, begun(self, address))
            except Refused as refused:
                return refused.errno

        def send(self: Any, data: Any, *flags: Any) -> Any:
            if saying:
                look(self, data)
            return base.send(self, data, *flags)

        def sendall(self: Any, data: Any, *flags: Any) -> Any:
            if saying:
                look(self, data)
            return base.sendall(self, data, *flags)

        def sendto(self: Any, data: Any, *rest: Any) -> Any:
            if rest:
                rest = (*rest[:-1], led(self, rest[-1]))
            return base.sendto(self, data, *rest)

        def sendmsg(self: Any, buffers: Any, *rest: Any) -> Any:
            if saying and base.fileno(self) in saying:
                buffers = [bytes(buffer) for buffer in buffers]
                look(self, b"".join(buffers))
            if len(rest) < 3:  # ancillary data, flags, address
                return base.sendmsg(self, buffers, *rest)
            return base.sendmsg(self, buffers, *rest[:2], led(self, rest[2]))

        for replaced in (connect, connect_ex, send, sendall, sendto, sendmsg):
            setattr(module.socket, replaced.__name__, replaced)

    return lead


def _watch_tls(rules: _Rules) -> Callable[[Any], None]:
    """TLS on a socket is spoken in C: its server's name, and what is said first within."""

    def lead(module: Any) -> None:
        shake, mark = module.SSLSocket.do_handshake, "_utabox_run"

        def do_handshake(self: Any, *arguments: Any) -> Any:
            if not self.server_side:
                rules.check_server_name(self.server_hostname, self.getpeername())
            return shake(self, *arguments)

        def looking(method: Any) -> Any:
            """A proxy may be spoken to in TLS as well."""

            def call(self: Any, data: Any, *arguments: Any) -> Any:
                kept = self.__dict__
                first = kept.get(mark)
                if first is not False:
                    if first is None:
                        first = kept[mark] = _Saying(rules, "a proxy behind TLS")
                    if not first.goes_on(data):
                        kept[mark] = False
                return method(self, data, *arguments)

            return call

        module.SSLSocket.do_handshake = do_handshake
        for kind, name in ((module.SSLSocket, "send"), (module.SSLSocket, "write"),
                           (module.SSLObject, "write")):  # fmt: skip
            setattr(kind, name, looking(getattr(kind, name)))

    return lead


def _watch(rules: _Rules, sockets: Any) -> None:
    """Check every connection, datagram and look-up, also of those who kept the C functions."""
    connections = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
    lookups = frozenset(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"))
    internet = (sockets.AF_INET, sockets.AF_INET6)

    starts = frozenset(("os.exec", "os.system", "pty.spawn"))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in starts:
            _put_back()
        elif event in connections:
            sock, address = arguments
            if address is not None and sock.family in internet:
                rules.check(address[0], address[1])
        elif event in lookups:
            name = rules.name(arguments[0])
            if rules.is_ours(name):
                raise rules.refused_name(
                    name, "was looked up past Python's resolver: run the program with --isolate"
                )

    sys.addaudithook(hook)


# Libraries, when the program imports them.


def _lead_uvloop(rules: _Rules) -> Callable[[Any], None]:
    """uvloop looks up and connects in C."""

    def lead(module: Any) -> None:
        import asyncio

        base = module.Loop
        sys.modules[module.__name__ + ".loop"].Loop = base  # type: ignore[attr-defined]

        class Watched(asyncio.Transport):
            """A transport that does not lead to us: what it says first is looked at."""

            def __init__(self, transport: Any, peer: object) -> None:
                self.utaboxs = transport
                self._saying: _Saying | None = _Saying(rules, peer)

            def _look(self, data: Any) -> None:
                if self._saying is None:
                    return
                try:
                    if not self._saying.goes_on(data):
                        self._saying = None
                except Refused:
                    self.utaboxs.abort()
                    raise

            def write(self, data: Any) -> None:
                self._look(data)
                self.utaboxs.write(data)

            def writelines(self, list_of_data: Any) -> None:
                buffers = [bytes(data) for data in list_of_data]
                self._look(b"".join(buffers))
                self.utaboxs.writelines(buffers)

            def __getattribute__(self, name: str) -> Any:
                if name in ("utaboxs", "write", "writelines", "_look", "_saying", "__class__"):
                    return object.__getattribute__(self, name)
                return getattr(object.__getattribute__(self, "utaboxs"), name)

        def watching(factory: Any, peer: object, kept: list[Any]) -> Any:
            def make() -> Any:
                protocol = factory()
                kind = type(protocol)

                def connection_made(self: Any, transport: Any) -> None:
                    kept.append(Watched(transport, peer))
                    kind.connection_made(self, kept[0])

                names = {"__slots__": (), "connection_made": connection_made}
                try:  # noqa: SIM105
                    protocol.__class__ = type(kind.__name__, (kind,), names)
                except Exception:
                    pass  # a protocol in C: it is not looked at
                return protocol

            return make

        def target(host: Any, port: Any) -> tuple[Any, Any]:
            host, port = _lead_address(rules, (host, port))
            rules.check(host, port)
            return host, port

        async def getaddrinfo(self: Any, host: Any, port: Any, **options: Any) -> Any:
            import socket

            name = rules.name(host)
            if rules.is_ours(name):
                return socket.getaddrinfo(host, port, **options)
            found = await super(base, self).getaddrinfo(host, port, **options)
            if name is not None:
                rules.permit(entry[4][0] for entry in found)
            return found

        async def create_connection(
            self: Any,
            protocol_factory: Any,
            host: Any = None,
            port: Any = None,
            *,
            server_hostname: Any = None,
            **options: Any,
        ) -> Any:
            peer: Any = None
            if host:
                if options.get("ssl") and server_hostname is None:
                    server_hostname = host
                peer = host, port = target(host, port)
            elif options.get("sock") is not None:
                peer = options["sock"].getpeername()
            kept: list[Any] = []
            if options.get("ssl"):
                rules.check_server_name(server_hostname, peer)
            elif not rules.leads_to_us(peer):
                protocol_factory = watching(protocol_factory, peer, kept)
            transport, protocol = await super(base, self).create_connection(
                protocol_factory, host, port, server_hostname=server_hostname, **options
            )
            return (kept[0] if kept else transport), protocol

        async def start_tls(
            self: Any, transport: Any, protocol: Any, sslcontext: Any, **options: Any
        ) -> Any:
            if isinstance(transport, Watched):
                transport = transport.utaboxs
            if not options.get("server_side"):
                peer = transport.get_extra_info("peername")
                rules.check_server_name(options.get("server_hostname"), peer)
            return await super(base, self).start_tls(transport, protocol, sslcontext, **options)

        async def create_datagram_endpoint(
            self: Any,
            protocol_factory: Any,
            local_addr: Any = None,
            remote_addr: Any = None,
            **options: Any,
        ) -> Any:
            if remote_addr is not None:
                remote_addr = target(*remote_addr[:2])
            kept: list[Any] = []

            def guarded() -> Any:
                kept.append(protocol_factory())
                return _guarded_protocol(rules, kept[0])

            transport, _ = await super(base, self).create_datagram_endpoint(
                guarded, local_addr=local_addr, remote_addr=remote_addr, **options
            )
            return _guarded_transport(rules, transport), kept[0]

        def subprocess_exec(self: Any, *arguments: Any, env: Any = None, **options: Any) -> Any:
            return super(base, self).subprocess_exec(*arguments, env=_kept(env), **options)

        def subprocess_shell(self: Any, *arguments: Any, env: Any = None, **options: Any) -> Any:
            return super(base, self).subprocess_shell(*arguments, env=_kept(env), **options)

        for replaced in (
            getaddrinfo, create_connection, create_datagram_endpoint, start_tls, subprocess_exec,
            subprocess_shell,
        ):  # fmt: skip
            setattr(base, replaced.__name__, replaced)

    return lead


def _guarded_transport(rules: _Rules, transport: Any) -> Any:
    """A datagram transport of uvloop that checks where each datagram goes."""

    class Guarded:
        def __getattr__(self, name: str) -> Any:
            return getattr(transport, name)

        def sendto(self, data: Any, addr: Any = None) -> Any:
            if addr is not None:
                rules.check(addr[0], addr[1])
            return transport.sendto(data, addr)

    return Guarded()


def _guarded_protocol(rules: _Rules, protocol: Any) -> Any:
    class Guarded:
        def __getattr__(self, name: str) -> Any:
            return getattr(protocol, name)

        def connection_made(self, transport: Any) -> None:
            protocol.connection_made(_guarded_transport(rules, transport))

    return Guarded()


def _lead_pycares(rules: _Rules) -> Callable[[Any], None]:
    """c-ares asks name servers in C: it is not to ask for the exchange."""

    def lead(module: Any) -> None:
        def guarded(method: Any) -> Any:
            def call(self: Any, name: Any, *arguments: Any, **options: Any) -> Any:
                compared = rules.name(name)
                if rules.is_ours(compared):
                    raise rules.refused_name(
                        compared,
                        "is looked up by the system's resolver under utabox run, not by c-ares: "
                        "use aiohttp's ThreadedResolver, or socket.getaddrinfo",
                    )
                return method(self, name, *arguments, **options)

            return call

        for name in ("getaddrinfo", "gethostbyname", "query", "search"):
            if hasattr(module.Channel, name):
                setattr(module.Channel, name, guarded(getattr(module.Channel, name)))

    return lead


def _lead_aiohttp(module: Any) -> None:
    """aiohttp prefers c-ares where it is installed: let it ask the system's resolver."""

    async def resolve(_: Any, host: str, port: int = 0, family: int = 0) -> Any:
        import asyncio

        system = module.ThreadedResolver(loop=asyncio.get_running_loop())
        return await system.resolve(host, port, family)

    module.DefaultResolver = module.ThreadedResolver
    module.AsyncResolver.resolve = resolve


def _lead_certifi(bundle: str) -> Callable[[Any], None]:
    """requests, ccxt and others trust what certifi names."""

    def lead(module: Any) -> None:
        def where() -> str:
            return bundle

        def contents() -> str:
            with open(bundle, encoding="ascii", errors="replace") as file:  # noqa: PTH123
                return file.read()

        module.where, module.contents = where, contents

    return lead


# What the program starts.

_environment: dict[str, str] = {}
"""What every child gets."""
_ours = os.environ


def _is_a_proxy(name: str) -> bool:
    lower = name.lower()
    named = lower.endswith("_proxy") or lower in ("npm_config_noproxy", "npm_config_proxy")
    return named and not name.startswith(PREFIX)


def _first(folder: str, rest: str) -> str:
    """A list of folders that begins with ours."""
    if rest == folder or rest.startswith(folder + os.pathsep):
        return rest
    return folder + (os.pathsep + rest if rest else "")


def _led(given: dict[str, str]) -> dict[str, str]:
    """An environment, with ours in it."""
    if given.get(PREFIX + "ID", _environment[PREFIX + "ID"]) != _environment[PREFIX + "ID"]:
        return given  # of a `utabox run` within this one, which has made it anew
    after = {
        name: value
        for name, value in given.items()
        if name not in DROPPED and (name in _environment or not _is_a_proxy(name))
    }
    for name, value in _environment.items():
        if name not in IF_ABSENT or name not in after:
            after[name] = value
    after["PYTHONPATH"] = _first(_environment[PREFIX + "PYTHON"], given.get("PYTHONPATH", ""))
    options, required = given.get("NODE_OPTIONS", ""), _required(_environment[PREFIX + "NODE"])
    after["NODE_OPTIONS"] = options if required in options else (options + " " + required).strip()
    if "PATH" in given:
        after["PATH"] = _first(_environment[PREFIX + "BIN"], given["PATH"])
    return after


def _required(module: str) -> str:
    """The option of Node, as it reads quotes in NODE_OPTIONS."""
    return '--require "' + module.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _kept(env: Any) -> Any:
    """A child's environment, with ours in it; None: it inherits one that has it."""
    if env is None:
        _put_back()
        return None
    as_bytes = any(isinstance(name, bytes) for name in env)
    given = {os.fsdecode(name): os.fsdecode(value) for name, value in env.items()}
    after = _led(given)
    if as_bytes:
        return {os.fsencode(name): os.fsencode(value) for name, value in after.items()}
    return after


def _put_back() -> None:
    """Undo in our own environment what the program has changed of ours: a child may inherit it."""
    before = dict(_ours)
    after = _led(before)
    if after != before:
        for name in before.keys() - after.keys():
            del _ours[name]
        for name, value in after.items():
            if before.get(name) != value:
                _ours[name] = value


def _keep_environment() -> None:
    """Give it to those who are started with one of their own."""
    import _posixsubprocess

    for name, value in os.environ.items():
        if name.startswith(PREFIX) or name in KEPT or name in IF_ABSENT:
            _environment[name] = value
        elif _is_a_proxy(name) and name.lower() in PROXIES:
            _environment[name] = os.environ[PREFIX + "PROXY"]
    for name in ("ID", "PYTHON", "NODE", "BIN"):
        os.environ[PREFIX + name]  # or a KeyError, as for the others
    _put_back()

    def keep(function: Any) -> Any:
        def call(path: Any, argv: Any, env: Any, *others: Any, **options: Any) -> Any:
            return function(path, argv, _kept(env), *others, **options)

        return call

    for name in ("execve", "posix_spawn", "posix_spawnp"):
        if hasattr(os, name):
            setattr(os, name, keep(getattr(os, name)))

    fork: Any = _posixsubprocess.fork_exec

    def fork_exec(*arguments: Any) -> Any:  # what it takes grows with Python
        pairs = arguments[5]
        if pairs is None:
            _put_back()
        else:
            led = _kept(dict(pair.partition(b"=")[::2] for pair in pairs))
            pairs = [os.fsencode(name) + b"=" + os.fsencode(led[name]) for name in led]
        return fork(*arguments[:5], pairs, *arguments[6:])

    _posixsubprocess.fork_exec = fork_exec


def _keep_subprocess(module: Any) -> None:
    """If it was imported before us; and uvloop, which starts children in C, as it is."""
    import _posixsubprocess

    if hasattr(module, "_fork_exec"):
        module._fork_exec = _posixsubprocess.fork_exec


def _lead_gevent(rules: _Rules) -> Callable[[Any], None]:
    """gevent has sockets of its own above Python's C ones."""

    def lead(module: Any) -> None:
        base = module.socket
        connect, connect_ex, send, sendall = base.connect, base.connect_ex, base.send, base.sendall
        saying: dict[int, _Saying] = {}

        def begun(sock: Any, address: Any) -> Any:
            if sock.family not in (module.AF_INET, module.AF_INET6):
                return address
            where = _lead_address(rules, address)
            if rules.leads_to_us(where):
                saying.pop(sock.fileno(), None)
            else:
                saying[sock.fileno()] = _Saying(rules, where)
            return where

        def lead_connect(self: Any, address: Any) -> Any:
            return connect(self, begun(self, address))

        def lead_connect_ex(self: Any, address: Any) -> Any:
            return connect_ex(self, begun(self, address))

        def look(sock: Any, data: Any) -> None:
            first = saying.get(sock.fileno())
            if first is not None and not first.goes_on(data):
                saying.pop(sock.fileno(), None)

        def lead_send(self: Any, data: Any, *arguments: Any, **options: Any) -> Any:
            if saying:
                look(self, data)
            return send(self, data, *arguments, **options)

        def lead_sendall(self: Any, data: Any, *arguments: Any, **options: Any) -> Any:
            if saying:
                look(self, data)
            return sendall(self, data, *arguments, **options)

        base.connect, base.connect_ex = lead_connect, lead_connect_ex
        base.send, base.sendall = lead_send, lead_sendall

    return lead


# Python's import, and the beginning.


class _AfterImport:
    """Runs a function on a module once the program has imported it: a finder on sys.meta_path."""

    def __init__(self) -> None:
        self._functions: dict[str, Callable[[Any], None]] = {}

    def add(self, name: str, function: Callable[[Any], None]) -> None:
        if name in sys.modules:
            function(sys.modules[name])
        else:
            self._functions[name] = function

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        function = self._functions.get(name)
        if function is None:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find and finder is not self else None
            if spec is not None:
                if not hasattr(spec.loader, "exec_module"):
                    _end(name + " comes from a loader that cannot be followed: use --isolate.")
                spec.loader = _Loader(spec.loader, function)
                return spec
        return None


class _Loader:
    """A module's own loader, and a function after it."""

    def __init__(self, loader: Any, function: Callable[[Any], None]) -> None:
        self._loader, self._function = loader, function

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        try:
            self._function(module)
        except Exception as error:
            _end(f"{module.__name__} cannot be led to your utabox ({error!r}): use --isolate.")


_own_ports: set[int] = set()
"""Of this machine: connections to them lead to a utabox."""


def of_a_utabox(port: int) -> None:
    """A `utabox run` inside another one serves the exchange's hosts there."""
    _own_ports.add(port)


def _install() -> None:
    import _socket

    global _refused_name
    _refused_name = type("RefusedName", (_socket.gaierror,), {})
    rules = _Rules(os.environ, _socket)
    _lead_lookups(rules, _socket)
    _watch(rules, _socket)
    _keep_environment()
    after = _AfterImport()
    after.add("socket", _lead_sockets(rules, _socket))
    after.add("subprocess", _keep_subprocess)
    after.add("ssl", _watch_tls(rules))
    after.add("uvloop", _lead_uvloop(rules))
    after.add("gevent._socket3", _lead_gevent(rules))
    after.add("pycares", _lead_pycares(rules))
    after.add("aiohttp.resolver", _lead_aiohttp)
    after.add("certifi.core", _lead_certifi(rules.bundle))
    if "certifi" in sys.modules:
        _lead_certifi(rules.bundle)(sys.modules["certifi"])
    sys.meta_path.insert(0, after)
    sys.modules["_utabox_run"] = sys.modules[__name__]


def _run_the_users_own() -> None:
    """Python runs one sitecustomize; the one that it would have run comes after us."""
    from importlib.machinery import PathFinder

    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    others = [path for path in sys.path if os.path.abspath(path) != here]  # noqa: PTH100
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def _begin() -> None:
    if not any(name.startswith(PREFIX) for name in os.environ):
        return  # a Python that found this folder, but is not run by us
    try:
        if sys.platform == "win32" or not hasattr(sys, "addaudithook"):
            _end("this needs Python 3.8 or later, on Linux or macOS.")
        if "_utabox_run" not in sys.modules:
            _install()
    except KeyError as error:
        _end(f"the variable {error} is missing in the environment.")
    except BaseException as error:
        _end(f"Python cannot be led to your utabox ({error!r}).")


if __name__ == "sitecustomize":
    _begin()
    _run_the_users_own()
