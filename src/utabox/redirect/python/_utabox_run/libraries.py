"""Libraries that go past Python's sockets, or trust authorities of their own: when the program
imports them."""

from __future__ import annotations

import sys

from .children import kept_environment
from .rules import Refused, Rules
from .saying import Saying
from .sockets import lead_address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def lead_uvloop(rules: Rules) -> Callable[[Any], None]:
    """uvloop looks up and connects in C."""

    def lead(module: Any) -> None:
        import asyncio

        base = module.Loop
        sys.modules[module.__name__ + ".loop"].Loop = base  # type: ignore[attr-defined]

        class Watched(asyncio.Transport):
            """A transport that does not lead to us: what it says first is looked at."""

            def __init__(self, transport: Any, peer: object) -> None:
                self.utaboxs = transport
                self._saying: Saying | None = Saying(rules, peer)

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
            host, port = lead_address(rules, (host, port))
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
            return super(base, self).subprocess_exec(
                *arguments, env=kept_environment(env), **options
            )

        def subprocess_shell(self: Any, *arguments: Any, env: Any = None, **options: Any) -> Any:
            return super(base, self).subprocess_shell(
                *arguments, env=kept_environment(env), **options
            )

        for replaced in (
            getaddrinfo, create_connection, create_datagram_endpoint, start_tls, subprocess_exec,
            subprocess_shell,
        ):  # fmt: skip
            setattr(base, replaced.__name__, replaced)

    return lead


def _guarded_transport(rules: Rules, transport: Any) -> Any:
    """A datagram transport of uvloop that checks where each datagram goes."""

    class Guarded:
        def __getattr__(self, name: str) -> Any:
            return getattr(transport, name)

        def sendto(self, data: Any, addr: Any = None) -> Any:
            if addr is not None:
                rules.check(addr[0], addr[1])
            return transport.sendto(data, addr)

    return Guarded()


def _guarded_protocol(rules: Rules, protocol: Any) -> Any:
    class Guarded:
        def __getattr__(self, name: str) -> Any:
            return getattr(protocol, name)

        def connection_made(self, transport: Any) -> None:
            protocol.connection_made(_guarded_transport(rules, transport))

    return Guarded()


def lead_gevent(rules: Rules) -> Callable[[Any], None]:
    """gevent has sockets of its own above Python's C ones."""

    def lead(module: Any) -> None:
        base = module.socket
        connect, connect_ex, send, sendall = base.connect, base.connect_ex, base.send, base.sendall
        saying: dict[int, Saying] = {}

        def begun(sock: Any, address: Any) -> Any:
            if sock.family not in (module.AF_INET, module.AF_INET6):
                return address
            where = lead_address(rules, address)
            if rules.leads_to_us(where):
                saying.pop(sock.fileno(), None)
            else:
                saying[sock.fileno()] = Saying(rules, where)
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


def lead_pycares(rules: Rules) -> Callable[[Any], None]:
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


def lead_aiohttp(module: Any) -> None:
    """aiohttp prefers c-ares where it is installed: let it ask the system's resolver."""

    async def resolve(_: Any, host: str, port: int = 0, family: int = 0) -> Any:
        import asyncio

        system = module.ThreadedResolver(loop=asyncio.get_running_loop())
        return await system.resolve(host, port, family)

    module.DefaultResolver = module.ThreadedResolver
    module.AsyncResolver.resolve = resolve


def lead_certifi(bundle: str) -> Callable[[Any], None]:
    """requests, ccxt and others trust what certifi names."""

    def lead(module: Any) -> None:
        def where() -> str:
            return bundle

        def contents() -> str:
            with open(bundle, encoding="ascii", errors="replace") as file:  # noqa: PTH123
                return file.read()

        module.where, module.contents = where, contents

    return lead
