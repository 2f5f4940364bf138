"""The same server behind TLS: a second listening socket, with the protocol of the first."""

from __future__ import annotations

import asyncio
import ssl
from socket import AF_INET, AF_INET6, SOCK_STREAM, socket

import uvicorn

HANDSHAKE_S = 10.0
SHUTDOWN_S = 2.0
BACKLOG = 2048


def bind(host: str) -> socket:
    """A listening socket on any free port of the address `host`.

    Raises:
        OSError: there is no such address here.
    """
    bound = socket(AF_INET6 if ":" in host else AF_INET, SOCK_STREAM)
    try:
        bound.bind((host, 0))
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


async def listen(
    server: uvicorn.Server, sock: socket, context: ssl.SSLContext
) -> asyncio.AbstractServer:
    """Serve what `server` serves, on `sock` behind TLS; it is closed with the server's others.

    Args:
        server: After its `startup`.
        sock: It listens already; its owner closes it.
    """
    config, state = server.config, server.lifespan.state

    def connected() -> asyncio.Protocol:
        protocol: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg]
            config=config, server_state=server.server_state, app_state=state, _loop=None
        )
        return protocol

    listener = await asyncio.get_running_loop().create_server(
        connected,
        sock=sock,
        ssl=context,
        ssl_handshake_timeout=HANDSHAKE_S,
        ssl_shutdown_timeout=SHUTDOWN_S,
    )
    server.servers.append(listener)
    return listener
