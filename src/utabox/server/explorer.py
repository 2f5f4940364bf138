"""The API explorer's side of the server: which pages there are, and what they look things up in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from utabox import __version__, retcodes
from utabox.endpoint import declared
from utabox.facts import facts
from utabox.retcodes import RetCode
from utabox.server.assets import Assets, Content, Sent, refused
from utabox.server.openapi import DOCS_URL, PLACE, document, pages, shared_pages
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET, Settings
from utabox.venues import Venue

LOOKUPS = ("enum", "error", "not-here")
"""Pages that look something up: two have the names of the exchange's, the last is our own."""

WAYS = {
    PLACE: b"api-explorer/",
    "/docs": b"docs/api-explorer/",
    "/docs/": b"api-explorer/",
}
"""Paths that lead to the explorer, and the rest of the way from each."""

AT_THE_DOOR = (
    (retcodes.AUTH_VALUES_MISSING, "a header is missing; HTTP status 401"),
    (retcodes.TIMESTAMP_INVALID, "the timestamp is no number"),
    (retcodes.RECV_WINDOW_INVALID, "the window is no number, negative, or above 2147483647"),
    (retcodes.TIMESTAMP_OUTSIDE, "not server - window <= timestamp < server + 1000"),
    (retcodes.KEY_INVALID, "no such key"),
    (retcodes.KEY_EXPIRED, "from the instant of its expiry"),
    (retcodes.IP_UNMATCHED, "the key is bound to other addresses"),
    (retcodes.SIGN_ERROR, "the signature does not sign timestamp, key, window and payload"),
    (retcodes.BANNED, "the sub-account is frozen"),
    (retcodes.DEMO_UNSUPPORTED, "a demo environment, and the endpoint is not in its list"),
    (retcodes.PERMISSION_DENIED, "the key is read-only, or lacks the permission"),
    (retcodes.TOO_MANY_VISITS, "the endpoint's allowance is used up"),
)
"""What every endpoint that needs a key may refuse, the first that applies wins: code, when."""


class Explorer:
    """The pages under `/docs/api-explorer/`, and the OpenAPI document that they are made from."""

    def __init__(self, settings: Settings, assets: Assets) -> None:
        self._settings = settings
        self._assets = assets
        self._lookups: dict[bool, Content] = {}

    @cached_property
    def openapi(self) -> Content:
        """The OpenAPI document."""
        return Content(msgspec.json.encode(document()), "json")

    def answer(self, venue: Venue, path: str, headers: Mapping[bytes, bytes]) -> Sent:
        """What a browser gets for a path that begins with `PLACE`, in a venue."""
        if (there := WAYS.get(path)) is not None:
            # Relative to what was asked for, so that a venue's base URL stays before it.
            return refused(308, f"the explorer is at {PLACE}/", (b"location", there))
        name = path.removeprefix(f"{PLACE}/")
        if name == "data.json":
            return self._lookup(venue).sent(headers)
        known = not name or name.removeprefix("v5/") in (*pages(), *LOOKUPS, *shared_pages())
        return self._assets.page("explorer/index.html", headers, 200 if known else 404)

    def _lookup(self, venue: Venue) -> Content:
        """What the pages know besides the document: it depends on whether the demo key works."""
        demo = _published(venue, self._settings)
        if demo not in self._lookups:
            self._lookups[demo] = Content(msgspec.json.encode(_data(demo)), "json")
        return self._lookups[demo]


def _published(venue: Venue, settings: Settings) -> bool:
    """Whether the published demo credentials work: then a first RUN needs no setting up."""
    key = venue.runtime.state.keys.get(DEMO_API_KEY)
    if key is None or not key.sealed_secret or not settings.on_loopback:
        return False
    return venue.sealer.open(key.sealed_secret, DEMO_API_KEY.encode()) == DEMO_API_SECRET.encode()


def _data(demo: bool) -> dict[str, Any]:
    return {
        "version": __version__,
        "docs": DOCS_URL,
        "demo": {"apiKey": DEMO_API_KEY, "secret": DEMO_API_SECRET} if demo else None,
        "documented": facts("documented")["endpoints"],
        "coverage": _coverage(),
        "pages": {name: f"{each.method} {each.path}" for name, each in pages().items()},
        "clients": facts("clients")["calls"],
        "door": [
            {"retCode": ret.code, "retMsg": ret.message, "when": when} for ret, when in AT_THE_DOOR
        ],
        "errors": facts("error_texts")["texts"],
        "messages": _messages(),
    }


def covered(here: int, documented: int, undocumented: int) -> str:
    """How much of the documentation is here, in the words of every page that says it."""
    return (
        f"{here} of the {documented} documented, and {undocumented} that clients call though their "
        "pages are gone"
    )


def _coverage() -> str:
    absent = {(method, path) for _, method, path, *_ in facts("documented")["endpoints"]}
    here = [each for each in declared() if each.page]
    return covered(len(here), len(here) + len(absent), len(declared()) - len(here))


def _messages() -> dict[int, list[dict[str, str]]]:
    """Every text that this server gives with a code, and who says so."""
    told: dict[int, list[dict[str, str]]] = {}
    for ret in vars(retcodes).values():
        if isinstance(ret, RetCode):
            told.setdefault(ret.code, []).append({"retMsg": ret.message, "source": ret.source})
    return told
