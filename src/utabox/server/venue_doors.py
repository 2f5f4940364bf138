"""The doors of venues: make one, seed it, keep and restore it as it was, drop it."""

from __future__ import annotations

from typing import Any

import msgspec

from utabox.demo import Prepared, fill
from utabox.seed import Sown, seed_of, sow
from utabox.server.control import door
from utabox.terms import Environment
from utabox.venues import START, Venue, Venues


class NewVenue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a venue: with a seed, what that says; else one account with money, as a new store has.
    It is kept, with the server's data, when `memory` is false."""

    name: str | None = None  # None: a random one
    environment: Environment | None = None  # of accounts that name none; None: the server's
    memory: bool = True
    seed: dict[str, Any] | None = None


class GivenSeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to make, as a seed file says it: docs/seeds.md."""

    seed: dict[str, Any]


class VenueView(msgspec.Struct, frozen=True):
    """A venue as the doors show it."""

    name: str
    path: str  # behind the server's URL: its base URL
    memory: bool  # it ends with the server
    accounts: int
    keys: int
    seq: int  # entries of its journal
    time: int  # ms, its clock's
    requests: int  # calls since it was made, or the server was started
    snapshots: list[str]


class MadeVenue(msgspec.Struct, frozen=True):
    """A venue that was just made, and how to sign there."""

    venue: VenueView
    apiKey: str | None  # None: the seed has made none
    apiSecret: str | None  # None: the seed's author chose it
    accounts: list[Sown]  # of the seed


@door("GET /-/venues")
def list_venues(venues: Venues) -> list[VenueView]:
    """All venues, the default one first."""
    return [_shown(venue) for venue in venues]


@door("POST /-/venues")
async def create_venue(venues: Venues, body: NewVenue) -> MadeVenue:
    """Make a venue, in milliseconds when it is not kept."""
    seed = None if body.seed is None else seed_of(body.seed)
    made: list[Prepared] = []
    venue = await venues.create(
        body.name, not body.memory, lambda venue: made.append(fill(venue, body.environment, seed))
    )
    (api_key, secret), sown = made[0]
    return MadeVenue(_shown(venue), api_key or None, secret, sown or [])


@door("GET /-/keys/{apiKey}/venue")
def show_home(venues: Venues, api_key: str) -> dict[str, str]:
    """Which venue a key belongs to."""
    return {"venue": venues.holder(api_key).name}


@door("GET /-/venues/{name}")
def show_venue(venues: Venues, name: str) -> VenueView:
    """One venue."""
    return _shown(venues.get(name))


@door("DELETE /-/venues/{name}")
async def drop_venue(venues: Venues, name: str) -> dict[str, str]:
    """Forget a venue with all that is in it; not the default one."""
    await venues.drop(venues.get(name))
    return {"dropped": name}


@door("POST /-/venues/{name}/reset")
async def reset_venue(venues: Venues, name: str) -> VenueView:
    """Let it be as it was when it was made: `restore` of the snapshot `start`."""
    return await restore_venue(venues, name, START)


@door("POST /-/venues/{name}/seed")
async def seed_venue(venues: Venues, name: str, body: GivenSeed) -> list[Sown]:
    """Make what a seed says beside what is there: all of it or nothing."""
    venue = venues.get(name)
    seed = seed_of(body.seed)
    async with venues.alone(venue):
        sown = sow(venue, seed)
        await venue.settled()
    return sown


@door("GET /-/venues/{name}/snapshots")
def list_snapshots(venues: Venues, name: str) -> list[str]:
    """The snapshots of a venue, by name."""
    return _shown(venues.get(name)).snapshots


@door("PUT /-/venues/{name}/snapshots/{snapshot}")
async def save_venue(venues: Venues, name: str, snapshot: str) -> VenueView:
    """Keep it as it is now, over an older snapshot of that name; `start` is the one to reset to,
    and stays as it is."""
    venue = venues.get(name)
    if snapshot == START:
        raise ValueError(
            f"{START} is {name} as it was made, which a reset restores: choose another name"
        )
    await venues.save(venue, snapshot)
    return _shown(venue)


@door("DELETE /-/venues/{name}/snapshots/{snapshot}")
async def discard_snapshot(venues: Venues, name: str, snapshot: str) -> VenueView:
    """Forget a snapshot."""
    venue = venues.get(name)
    known = venue.shelf.snapshots(name)
    if snapshot not in known:
        raise ValueError(f"{name} has no snapshot {snapshot[:64]!r}: there is {', '.join(known)}")
    await venues.discard(venue, snapshot)
    return _shown(venue)


@door("POST /-/venues/{name}/snapshots/{snapshot}/restore")
async def restore_venue(venues: Venues, name: str, snapshot: str) -> VenueView:
    """Let it be as it was, keys, clock and faults too; what came after is gone."""
    venue = venues.get(name)
    await venues.restore(venue, snapshot)
    return _shown(venue)


def _shown(venue: Venue) -> VenueView:
    state = venue.runtime.state
    return VenueView(
        name=venue.name,
        path=venue.path,
        memory=not venue.shelf.kept,
        accounts=len(state.accounts),
        keys=len(state.keys),
        seq=state.seq,
        time=venue.runtime.now(),
        requests=venue.log.count,
        snapshots=venue.shelf.snapshots(venue.name),
    )
