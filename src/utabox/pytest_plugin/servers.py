"""The servers of a session: in this process, one for each set of settings; or a running one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from utabox.pytest_plugin.control import Control, Refused, Unanswered, Wire
from utabox.pytest_plugin.hints import without_pages

if TYPE_CHECKING:
    from utabox.embedded import Server

SETTINGS: Mapping[str, Any] = {
    "rate_limits": "off",  # a test is faster than a bot: it would be refused now and then
    "key_environments": "any",  # an account need not be made for the host that a bot calls
    "upgrade_window": False,  # else an upgrade would be refused a quarter of each hour
    "requests_kept": 20_000,
}
"""How the plugin's servers differ from `utabox serve`, unless told otherwise."""


class Place:
    """One server.

    Args:
        server: None: it runs elsewhere.
    """

    def __init__(self, url: str, token: str, server: Server | None = None) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.server = server
        self.wire = Wire(self.url)
        self.control = Control(self.wire, token, told=without_pages)

    def stop(self) -> None:
        """Leave it; one of this process ends."""
        self.wire.close()
        if self.server is not None:
            self.server.stop()


class Servers:
    """Opens a server when a test first needs one, and keeps it for the session.

    Args:
        url: Of a running server, to use instead.
    """

    def __init__(self, url: str | None = None) -> None:
        self._url = url
        self._places: dict[tuple[tuple[str, str], ...], Place] = {}

    def get(self, settings: Mapping[str, Any], own: Mapping[str, Any] | None = None) -> Place:
        """The server for tests with these settings.

        Args:
            settings: Of the session.
            own: Of one test or venue; they win.
        Raises:
            Refused: a running server cannot have settings of a test, or does not answer.
            SettingsError: they do not fit.
        """
        if self._url is not None:
            return self._running(self._url, own)
        wanted = {**SETTINGS, **settings, **(own or {})}
        key = tuple(sorted((name, repr(value)) for name, value in wanted.items()))
        if key not in self._places:
            self._places[key] = _started(wanted)
        return self._places[key]

    def _running(self, url: str, own: Mapping[str, Any] | None) -> Place:
        if own:
            names = ", ".join(own)
            raise Refused(
                f"{names}: a test cannot set this while --utabox-url names a server that runs "
                "already. Start it so, or leave --utabox-url out."
            )
        if () not in self._places:
            self._places[()] = _found(url)
        return self._places[()]

    def stop(self) -> None:
        """Stop those that were started here."""
        while self._places:
            self._places.popitem()[1].stop()


def _started(settings: Mapping[str, Any]) -> Place:
    from utabox.embedded import Server

    server = Server(**settings).start()
    return Place(server.url, server.token, server)


def _found(url: str) -> Place:
    from utabox.cli.running import token_of

    token = os.environ.get("UTABOX_TOKEN") or token_of(url.rstrip("/")) or ""
    place = Place(url, token)
    try:
        place.control.call("GET", "venues")
    except Refused as refused:
        place.wire.close()
        if token or isinstance(refused, Unanswered):
            raise
        raise Refused(
            f"The doors of {url} need a token: set UTABOX_TOKEN to the one that the server was "
            "started with."
        ) from None
    return place
