"""Which venue a request is for: the one that its base URL names, else the one that has its key."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from utabox.server import envelope
from utabox.server.messages import JSON_TYPE, Release, Reply, Request, Unread
from utabox.why import Why

if TYPE_CHECKING:
    from utabox.venues import Venue, Venues

_API_KEY = b"x-bapi-api-key"
_NAMED = re.compile(rb"[A-Z]+ /venues/([a-z0-9_-]{1,64})/")
_SIGNED = re.compile(rb"\nx-bapi-api-key:[ \t]*([^\r\n]{1,128})\r?\n", re.IGNORECASE)


class Switchboard:
    """Answers the exchange's API for all venues of a server."""

    def __init__(self, venues: Venues) -> None:
        self._venues = venues

    def handle(self, request: Request, release: Release) -> Reply | None:
        """See `Gateway.handle`. While a venue is being restored, its requests wait."""
        venues = self._venues
        if request.venue:
            named = venues.find(request.venue)
            if named is None:
                return self._nowhere(request)
            venue = named
        elif venues.many:
            venue = venues.home(request.headers.get(_API_KEY))
            request.venue = venue.name
        else:
            venue = venues.default
        if venue.waiting is not None:
            venue.waiting.append((request, release))
            return None
        return venue.gateway.handle(request, release)

    def venue_of(self, data: bytes) -> str:
        """Whom the first bytes of a connection ask: as far as they tell, and nothing is checked."""
        if named := _NAMED.match(data):
            return named[1].decode("latin-1")
        if signed := _SIGNED.search(data):
            return self._venues.home(signed[1].rstrip()).name
        return ""

    def unread(self, unread: Unread) -> Reply:
        """See `Gateway.unread`: what could not be read belongs to no venue."""
        return self._venues.default.gateway.unread(unread)

    def _nowhere(self, request: Request) -> Reply:
        """The base URL leads to no venue; the default one's log says so."""
        default: Venue = self._venues.default
        now, seq = default.runtime.now(), default.runtime.state.seq
        reply = envelope.edge(404, b"", JSON_TYPE, now)
        known = ", ".join(venue.name for venue in list(self._venues)[:20])
        why = Why(
            rule="A base URL /venues/<name> must name a venue of this server.",
            expected=f"one of {known}",
            seen=request.venue[:64],
            hint="It may have been dropped: `utabox venue list` says which there are.",
        )
        default.log.add(now, 0, request, 404, None, "", 0, lambda: why, seq, seq)
        return reply


def request_of(scope: MutableMapping[str, Any], path: str, body: bytes = b"") -> Request:
    """The request of an ASGI scope.

    Args:
        path: That in the venue.
    """
    headers = dict(reversed(scope["headers"]))  # of a repeated one the first
    peer = scope["client"][0] if scope["client"] else "127.0.0.1"
    method = scope.get("method", "GET")  # a WebSocket's handshake has no other
    return Request(method, path, scope["query_string"], headers, body, peer)


def in_venue(path: str) -> tuple[str, str]:
    """The venue that a path names, and the path in that venue; no name: neither is changed."""
    if path.startswith("/venues/"):
        name, slash, rest = path.removeprefix("/venues/").partition("/")
        if name and slash:
            return name, slash + rest
    return "", path
