"""The doors of the past: the journal as it reads, accounts as they were, what they were worth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.actors import T0, Exchange

from utabox.clock import ManualClock
from utabox.embedded import Server
from utabox.journal.memory import MemoryJournal
from utabox.server import past
from utabox.server.journal_doors import ENTRIES_MAX, INLINE_MAX, READ_AT_ONCE


@pytest.fixture(params=["memory", "kept"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Exchange]:
    """A server whose journal is in memory, and one whose journal is a file."""
    options: dict[str, Any] = {} if request.param == "memory" else {"data": str(tmp_path)}
    clock = ManualClock(T0)
    with (
        Server(clock=clock, **options) as server,
        closing(Exchange(server, clock, MemoryJournal())) as exchange,
    ):
        yield exchange
        assert server.venues.crashes == 0


def at(world: Exchange, uid: int, seq: int | str) -> dict[str, Any]:
    moment: dict[str, Any] = world.control("GET", f"/-/accounts/{uid}/at/{seq}")
    return moment


def test_an_entry_is_a_wish_and_what_followed(world: Exchange) -> None:
    """Command and events by their tags, with all that they say; amounts as text."""
    alice = world.account()
    before = world.entries
    alice.fund(USDT="12.5")

    page = world.control("GET", f"/-/journal?after={before}")

    (entry,) = page["entries"]
    assert (page["upto"], page["length"]) == (before + 1, before + 1)
    assert (entry["seq"], entry["time"]) == (before + 1, T0)
    assert (entry["command"], entry["uid"]) == ("fund", alice.uid)
    assert (entry["fields"]["coin"], entry["fields"]["amount"]) == ("USDT", "12.5")
    (booked,) = entry["events"]
    assert (booked["tag"], booked["uid"], booked["fields"]["change"]) == (
        "booked",
        alice.uid,
        "12.5",
    )


def test_no_secret_is_told(world: Exchange) -> None:
    """Not even a sealed one, wherever in an entry it stands."""
    alice = world.account()
    sealed = world.server.call(
        lambda: world.server.venue.runtime.state.keys[alice.api_key].sealed_secret
    )

    reply = world.control_reply("GET", f"/-/journal?limit={ENTRIES_MAX}")

    text = reply.body.decode()
    assert alice.api_key in text
    assert "sealed" not in text
    assert sealed.hex() not in text
    assert alice.secret not in text


def test_entries_of_one_account_are_found(world: Exchange) -> None:
    """Those that name it, in the command or in an event; the page says how far it has looked."""
    alice, bob = world.account(), world.account()
    before = world.entries
    alice.fund(USDT="1")
    bob.fund(USDT="2")
    alice.fund(USDT="3")

    page = world.control("GET", f"/-/journal?after={before}&uid={alice.uid}")
    first = world.control("GET", f"/-/journal?after={before}&uid={alice.uid}&limit=1")

    assert [entry["fields"]["amount"] for entry in page["entries"]] == ["1", "3"]
    assert page["upto"] == before + 3
    assert [entry["seq"] for entry in first["entries"]] == [before + 1]
    rest = world.control("GET", f"/-/journal?after={first['upto']}&uid={alice.uid}")
    assert [entry["fields"]["amount"] for entry in rest["entries"]] == ["3"]


def test_an_account_is_found_far_back(world: Exchange) -> None:
    """However many entries of others lie between; only those of the account are decoded."""
    alice, bob = world.account(), world.account()
    before = world.entries
    alice.fund(USDT="1")
    for _ in range(READ_AT_ONCE + INLINE_MAX):
        bob.fund(USDT="1")
    alice.fund(USDT="2")

    found = world.control("GET", f"/-/journal?after={before}&uid={alice.uid}")
    first = world.control("GET", f"/-/journal?after={before}&uid={alice.uid}&limit=1")
    none = world.control("GET", f"/-/journal?after={before}&uid={2**70}")

    assert [entry["fields"]["amount"] for entry in found["entries"]] == ["1", "2"]
    assert found["upto"] == world.entries
    assert first["upto"] == before + READ_AT_ONCE  # what was looked at with it
    assert (none["entries"], none["upto"]) == ([], world.entries)


def test_a_page_is_as_long_as_asked_for(world: Exchange) -> None:
    """The last one ends where the journal does; after that there is nothing."""
    alice = world.account()
    before = world.entries
    for _ in range(INLINE_MAX + 1):
        alice.fund(USDT="1")
    most = INLINE_MAX + 1
    page = world.control("GET", f"/-/journal?after={before}&limit={most}")
    assert [entry["seq"] for entry in page["entries"]] == [before + n for n in range(1, most + 1)]
    end = world.control("GET", f"/-/journal?after={page['upto']}")
    assert (end["entries"], end["upto"]) == ([], world.entries)


def test_an_account_is_shown_as_it_was(world: Exchange) -> None:
    """After any entry: what the exchange would have told of it then, and its keys of then."""
    alice = world.account(USDT="100")
    first = world.entries
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    second = world.entries
    alice.fund(USDT="50")
    alice.key(note="another")

    assert at(world, alice.uid, first)["info"]["marginMode"] == "REGULAR_MARGIN"
    assert at(world, alice.uid, second)["info"]["marginMode"] == "ISOLATED_MARGIN"
    assert at(world, alice.uid, second)["wallet"]["coin"][0]["walletBalance"] == "100"
    assert at(world, alice.uid, second + 1)["wallet"]["coin"][0]["walletBalance"] == "150"
    assert [key["note"] for key in at(world, alice.uid, second)["keys"]] == [""]
    assert [key["note"] for key in at(world, alice.uid, "now")["keys"]] == ["", "another"]
    assert at(world, alice.uid, first)["account"]["coins"] == {"USDT": "100"}


def test_now_is_what_the_exchange_says(world: Exchange) -> None:
    """The same eight fields, and the same wallet, as the account gets by its own key."""
    alice = world.account(BTC="0.5")
    now = at(world, alice.uid, "now")
    assert now["info"] == alice.info
    wallet = alice.get("/v5/account/wallet-balance", "accountType=UNIFIED").result["list"][0]
    assert now["wallet"] == wallet
    assert at(world, alice.uid, world.entries)["wallet"] == wallet


def test_a_classic_account_has_no_unified_wallet(world: Exchange) -> None:
    alice = world.account(kind=1, USDT="5")
    now = at(world, alice.uid, "now")
    assert now["wallet"] is None
    assert now["account"]["coins"] == {"USDT": "5"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/-/accounts/{uid}/at/99999", 400),
        ("/-/accounts/{uid}/at/-1", 400),
        ("/-/accounts/{uid}/at/soon", 400),
        ("/-/accounts/{uid}/at/1", 400),  # it was not there then
        ("/-/accounts/404/at/now", 400),
        ("/-/accounts/404/worth", 400),
        ("/-/requests/0", 404),
        ("/-/requests/99999", 404),
        ("/-/requests/x", 400),
    ],
)
def test_what_is_not_there(world: Exchange, path: str, status: int) -> None:
    """One sentence."""
    alice = world.account()
    reply = world.control_reply("GET", path.format(uid=alice.uid))
    assert reply.status == status
    assert len(reply.json["error"]) > 20


def test_the_past_may_be_looked_at_in_any_order(world: Exchange) -> None:
    """Forwards and backwards, again and again, by many entries at once: always the same."""
    alice = world.account()
    first = world.entries
    for _ in range(3 * past.INLINE_MAX):
        alice.fund(USDT="1")
    seqs = (first + 150, first + 5, first + 80, first + 81, first, first + 190)
    held = [at(world, alice.uid, seq)["account"]["coins"].get("USDT", "0") for seq in seqs]
    assert held == ["150", "5", "80", "81", "0", "190"]


def test_a_way_that_is_too_long_is_refused(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work of one question is bounded."""
    alice = exchange.account()
    monkeypatch.setattr(past, "REPLAY_MAX", 3)
    reply = exchange.control_reply("GET", f"/-/accounts/{alice.uid}/at/{exchange.entries}")
    assert reply.status == 400
    assert "3 are done again at most" in reply.json["error"]


def test_a_restored_venue_has_another_past(exchange: Exchange) -> None:
    """Its entries are counted again from where it was kept."""
    alice = exchange.account(USDT="1")
    exchange.control("PUT", "/-/venues/default/snapshots/kept")
    seq = exchange.entries
    alice.fund(USDT="10")
    assert at(exchange, alice.uid, seq + 1)["account"]["coins"] == {"USDT": "11"}
    exchange.control("POST", "/-/venues/default/snapshots/kept/restore")
    alice.fund(USDT="20")
    assert at(exchange, alice.uid, exchange.entries)["account"]["coins"] == {"USDT": "21"}


def test_what_an_account_was_worth(world: Exchange) -> None:
    """A point for each change of it, in USD: equity, margin rates, and each coin's part."""
    world.control("PUT", "/-/prices/BTC", {"price": "50000"})
    alice = world.account()
    before = world.entries
    alice.fund(BTC="2")
    world.control("PUT", "/-/prices/BTC", {"price": "40000"})
    world.control("PUT", "/-/prices/ETH", {"price": "1"})

    points = world.control("GET", f"/-/accounts/{alice.uid}/worth?after={before}")

    told = [(point["seq"], point["equity"], point["coins"]) for point in points]
    assert told == [
        (before + 1, "100000", {"BTC": "100000"}),
        (before + 2, "80000", {"BTC": "80000"}),
    ]
    assert (points[0]["imRate"], points[0]["mmRate"]) == ("0", "0")


def test_one_call_by_its_number(exchange: Exchange) -> None:
    """As the log tells it, with what it changed."""
    alice = exchange.account()
    seq = exchange.entries
    alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
    (call,) = exchange.control("GET", "/-/requests?limit=1")

    one = exchange.control("GET", f"/-/requests/{call['number']}")

    assert one == call
    assert (one["seqBefore"], one["seqAfter"]) == (seq, seq + 1)
