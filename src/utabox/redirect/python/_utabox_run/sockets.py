"""Look-ups and connections of Python's own sockets."""

from __future__ import annotations

import sys

from .children import put_back
from .rules import OURS, OURS_6, STAND_IN, STAND_IN_6, Refused, Rules
from .saying import Saying

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def lead_lookups(rules: Rules, sockets: Any) -> None:
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


def lead_address(rules: Rules, address: Any) -> Any:
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


def lead_sockets(rules: Rules, sockets: Any) -> Callable[[Any], None]:
    """Give connections to names and stand-ins their way."""

    def lead(module: Any) -> None:
        for name in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr"):
            setattr(module, name, getattr(sockets, name))  # if it was imported before us
        base = sockets.socket
        internet = (sockets.AF_INET, sockets.AF_INET6)
        saying: dict[int, Saying] = {}  # by descriptor

        def led(sock: Any, address: Any) -> Any:
            return lead_address(rules, address) if sock.family in internet else address

        def begun(sock: Any, address: Any) -> Any:
            """Where a connection goes; what it says there is looked at."""
            where = led(sock, address)
            if rules.leads_to_us(where) or not sock.type & sockets.SOCK_STREAM:
                saying.pop(base.fileno(sock), None)
            else:
                saying[base.fileno(sock)] = Saying(rules, where)
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


def watch_tls(rules: Rules) -> Callable[[Any], None]:
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
                        first = kept[mark] = Saying(rules, "a proxy behind TLS")
                    if not first.goes_on(data):
                        kept[mark] = False
                return method(self, data, *arguments)

            return call

        module.SSLSocket.do_handshake = do_handshake
        for kind, name in ((module.SSLSocket, "send"), (module.SSLSocket, "write"),
                           (module.SSLObject, "write")):  # fmt: skip
            setattr(kind, name, looking(getattr(kind, name)))

    return lead


def watch(rules: Rules, sockets: Any) -> None:
    """Check every connection, datagram and look-up, also of those who kept the C functions."""
    connections = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
    lookups = frozenset(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"))
    internet = (sockets.AF_INET, sockets.AF_INET6)

    starts = frozenset(("os.exec", "os.system", "pty.spawn"))

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in starts:
            put_back()
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
