"""Venues: isolated exchanges in one server, found by key or base URL, kept and restored."""

from __future__ import annotations

import gc
import shutil
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.actors import T0, Actor, Exchange, Reply, Wire, running

from utabox.clock import ManualClock
from utabox.embedded import Server
from utabox.engine.account.funding import Fund
from utabox.journal.memory import MemoryJournal

HOUR = 3_600_000
DEFAULT, FIRST_UID = "default", 100_000_001


@pytest.fixture(params=["memory", "kept"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Exchange]:
    """A server whose venues are in memory, and one that keeps them."""
    options: dict[str, Any] = {} if request.param == "memory" else {"data": str(tmp_path)}
    clock = ManualClock(T0)
    with (
        Server(clock=clock, **options) as server,
        closing(Exchange(server, clock, MemoryJournal())) as exchange,
    ):
        yield exchange
        assert server.venues.crashes == 0


def create(world: Exchange, name: str, **wanted: Any) -> Actor:
    """A new venue, kept if the server keeps anything; the actor is its first account."""
    memory = world.server.settings.memory
    made = world.control("POST", "/-/venues", {"name": name, "memory": memory, **wanted})
    return Actor(world, FIRST_UID, made["apiKey"], made["apiSecret"])


def show(world: Exchange, name: str) -> dict[str, Any]:
    venue: dict[str, Any] = world.control("GET", f"/-/venues/{name}")
    return venue


def usdt(actor: Actor, venue: str) -> str:
    """What the account's wallet holds, as the doors of a venue say."""
    path = f"/venues/{venue}/-/accounts/{actor.uid}"
    return str(actor.exchange.control("GET", path)["coins"]["USDT"])


def test_a_key_finds_its_venue(world: Exchange) -> None:
    """Two venues have the same UID; what one does there, the other does not see."""
    alice, bob = create(world, "a"), create(world, "b")

    alice.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")

    assert alice.uid == bob.uid
    assert alice.info["marginMode"] == "PORTFOLIO_MARGIN"
    assert bob.info["marginMode"] == "REGULAR_MARGIN"


def test_a_base_url_finds_a_venue(world: Exchange) -> None:
    """`/venues/<name>` leads to its API and to its doors; a key of another venue is none there."""
    alice = create(world, "a", environment="demo")
    create(world, "b")
    world.control("PUT", "/venues/a/-/prices/BTC", {"price": "12345"})

    query = "category=spot&symbol=BTCUSDT"
    here = world.get(f"/venues/a/v5/market/tickers?{query}").result["list"][0]["usdIndexPrice"]
    there = world.get(f"/venues/b/v5/market/tickers?{query}").result["list"][0]["usdIndexPrice"]
    signed = world.wire.send("GET", "/venues/a/v5/account/info", alice.headers(""))
    elsewhere = world.wire.send("GET", "/venues/b/v5/account/info", alice.headers(""))

    assert here == "12345"
    assert there != "12345"
    assert signed.retCode == 0
    assert elsewhere.retCode == 10003
    why = world.control("GET", "/venues/b/-/requests?refused=1")[-1]["why"]
    assert "the venue a" in why["seen"]


def test_a_base_url_of_no_venue_says_which_there_are(world: Exchange) -> None:
    """404, like an unknown path; the default venue's log has the reason."""
    create(world, "a")
    assert world.get("/venues/z/v5/market/time").status == 404
    why = world.control("GET", "/-/requests?refused=1")[-1]["why"]
    assert (why["expected"], why["seen"]) == ("one of default, a", "z")
    assert world.control_reply("GET", "/venues/z/-/accounts").status == 404


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "-a", "../x", "a" * 65, "ü", "a/b", "v\x00"], ids=repr
)
def test_what_names_no_venue(world: Exchange, name: str) -> None:
    """Refused with what a name is; nothing was made."""
    reply = world.control_reply("POST", "/-/venues", {"name": name})
    assert reply.status == 400
    assert "1 to 64 of a-z" in reply.json["error"]
    assert [venue["name"] for venue in world.control("GET", "/-/venues")] == [DEFAULT]


def test_a_name_is_taken_once(world: Exchange) -> None:
    """The second is refused, the first stays as it is."""
    alice = create(world, "a")
    reply = world.control_reply("POST", "/-/venues", {"name": "a"})
    assert reply.status == 400
    assert "already" in reply.json["error"]
    assert alice.info["unifiedMarginStatus"] == 5


def test_what_is_not_kept_cannot_be(exchange: Exchange) -> None:
    """A server in memory says what it would need."""
    reply = exchange.control_reply("POST", "/-/venues", {"name": "a", "memory": False})
    assert reply.status == 400
    assert "--data" in reply.json["error"]


def test_a_seed_without_keys_makes_none(world: Exchange) -> None:
    """The answer names no key that does not exist."""
    seed = {"accounts": [{"name": "alice", "keys": []}]}
    made = world.control("POST", "/-/venues", {"name": "a", "seed": seed})
    assert (made["apiKey"], made["apiSecret"]) == (None, None)
    assert [sown["name"] for sown in made["accounts"]] == ["alice"]


def test_a_dropped_venue_is_gone(world: Exchange) -> None:
    """Its key is nobody's, its name free; the others stay, and the default one always."""
    alice, bob = create(world, "a"), create(world, "b")
    assert alice.info

    world.control("DELETE", "/-/venues/a")

    assert alice.get("/v5/account/info").retCode == 10003
    assert bob.info
    assert world.control_reply("DELETE", "/-/venues/a").status == 404
    assert world.control_reply("DELETE", f"/-/venues/{DEFAULT}").status == 400
    again = create(world, "a")
    assert again.info
    assert alice.get("/v5/account/info").retCode == 10003


def test_a_snapshot_brings_everything_back(world: Exchange) -> None:
    """Money, mode, keys, the log of the wallet and the state's identity."""
    alice = create(world, "a")
    alice.exchange.control("POST", f"/venues/a/-/accounts/{alice.uid}/fund", _give("7"))
    log = alice.get("/v5/account/transaction-log").result
    before = world.control("GET", "/venues/a/-/state")["hash"]
    world.control("PUT", "/-/venues/a/snapshots/one")
    alice.exchange.control("POST", f"/venues/a/-/accounts/{alice.uid}/fund", _give("5"))
    alice.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")
    later = alice.post("/v5/user/create-sub-member", username="sub12345", memberType=1)

    world.control("POST", "/-/venues/a/snapshots/one/restore")

    assert later.retCode == 0
    assert usdt(alice, "a") == "50007"
    assert alice.info["marginMode"] == "REGULAR_MARGIN"
    assert alice.get("/v5/account/transaction-log").result == log
    assert world.control("GET", "/venues/a/-/state")["hash"] == before
    assert len(world.control("GET", "/venues/a/-/accounts")) == 1
    paths = [call["path"] for call in world.control("GET", "/venues/a/-/requests")]
    assert paths == ["/v5/account/info", "/v5/account/transaction-log"]


def test_snapshots_stand_side_by_side(world: Exchange) -> None:
    """An older one does not take a younger one away, and each name means its newest."""
    alice = create(world, "a")
    fund = f"/venues/a/-/accounts/{alice.uid}/fund"
    world.control("PUT", "/-/venues/a/snapshots/one")
    world.control("POST", fund, _give("1"))
    world.control("PUT", "/-/venues/a/snapshots/two")
    world.control("POST", "/-/venues/a/snapshots/one/restore")
    world.control("POST", fund, _give("20"))

    world.control("POST", "/-/venues/a/snapshots/two/restore")
    two = usdt(alice, "a")
    world.control("POST", fund, _give("300"))
    world.control("PUT", "/-/venues/a/snapshots/one")
    world.control("POST", "/-/venues/a/snapshots/two/restore")
    world.control("POST", "/-/venues/a/snapshots/one/restore")

    assert two == "50001"
    assert usdt(alice, "a") == "50301"
    assert show(world, "a")["snapshots"] == ["one", "start", "two"]


def test_reset_is_the_start(world: Exchange) -> None:
    """As it was made; the key still signs. The default venue can be reset, too."""
    alice = create(world, "a")
    demo = Actor(world, FIRST_UID, world.server.api_key, world.server.api_secret)
    for actor in (alice, demo):
        actor.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")

    world.control("POST", "/-/venues/a/reset")
    world.control("POST", f"/-/venues/{DEFAULT}/reset")

    assert alice.info["marginMode"] == "REGULAR_MARGIN"
    assert demo.info["marginMode"] == "REGULAR_MARGIN"


def test_a_snapshot_can_be_forgotten(world: Exchange) -> None:
    """Then it cannot be restored; the start cannot be forgotten."""
    create(world, "a")
    world.control("PUT", "/-/venues/a/snapshots/one")
    assert world.control("DELETE", "/-/venues/a/snapshots/one")["snapshots"] == ["start"]
    assert world.control_reply("POST", "/-/venues/a/snapshots/one/restore").status == 400
    assert world.control_reply("DELETE", "/-/venues/a/snapshots/one").status == 400
    assert world.control_reply("DELETE", "/-/venues/a/snapshots/start").status == 400
    assert world.control_reply("PUT", "/-/venues/a/snapshots/A").status == 400


def test_the_start_stays_as_it_is(world: Exchange) -> None:
    """A reset is to the venue as it was made, so nothing else is kept under that name."""
    alice = create(world, "a")
    world.control("POST", f"/venues/a/-/accounts/{alice.uid}/fund", _give("7"))

    reply = world.control_reply("PUT", "/-/venues/a/snapshots/start")

    assert (reply.status, reply.json["error"]) == (
        400, "start is a as it was made, which a reset restores: choose another name",
    )  # fmt: skip
    world.control("POST", "/-/venues/a/reset")
    assert usdt(alice, "a") == "50000"


def test_a_frozen_clock_is_restored_where_it_stood(world: Exchange) -> None:
    """Interest that was charged since is not, and comes again when time does."""
    alice = create(world, "a")
    world.control("PATCH", "/venues/a/-/clock", {"speed": "0"})
    alice.post("/v5/account/borrow", coin="BTC", amount="0.5")
    world.control("PUT", "/-/venues/a/snapshots/one")
    world.control("PATCH", "/venues/a/-/clock", {"stepMs": 3 * HOUR})
    after = world.control("GET", "/venues/a/-/state")["hash"]

    world.control("POST", "/-/venues/a/snapshots/one/restore")
    back = world.control("GET", "/venues/a/-/clock")["time"]
    world.control("PATCH", "/venues/a/-/clock", {"stepMs": 3 * HOUR})

    assert back == T0
    assert world.control("GET", "/venues/a/-/state")["hash"] == after


def test_a_running_clock_goes_on_from_the_snapshot(world: Exchange) -> None:
    """An hour that passes afterwards is not part of it."""
    create(world, "a")
    world.control("PATCH", "/venues/a/-/clock", {"speed": "2"})
    world.clock.advance(1_000)
    world.control("PUT", "/-/venues/a/snapshots/one")
    world.clock.advance(HOUR)

    world.control("POST", "/-/venues/a/snapshots/one/restore")

    assert world.control("GET", "/venues/a/-/clock")["time"] == T0 + 2_000
    world.clock.advance(500)
    assert world.control("GET", "/venues/a/-/clock")["time"] == T0 + 3_000


def test_clocks_and_limits_are_a_venue_s_own(world: Exchange) -> None:
    """A frozen venue, and one whose allowance is used up, leave the others alone."""
    alice, bob = create(world, "a"), create(world, "b")
    world.control("PATCH", "/venues/a/-/clock", {"speed": "0"})
    world.clock.advance(5_000)
    used = [bob.get("/v5/user/query-api") for _ in range(11)]

    assert world.control("GET", "/venues/a/-/clock")["time"] == T0
    assert world.control("GET", "/venues/b/-/clock")["time"] == T0 + 5_000
    assert used[-1].retCode == 10006
    assert alice.get("/v5/user/query-api", timestamp=T0).retCode == 0


def test_a_key_belongs_to_one_venue(world: Exchange) -> None:
    """The same id in a second one is refused, and says where it is."""
    alice = create(world, "a")
    create(world, "b")
    wanted = {"uid": FIRST_UID, "apiKey": alice.api_key, "secret": "s" * 20}
    reply = world.control_reply("POST", "/venues/b/-/keys", wanted)
    assert reply.status == 400
    assert "the venue a" in reply.json["error"]
    assert world.control("GET", f"/-/keys/{alice.api_key}/venue") == {"venue": "a"}
    assert world.control_reply("GET", "/-/keys/nobody/venue").status == 404


def test_a_snapshot_whose_key_is_elsewhere_by_now_is_refused(world: Exchange) -> None:
    """Two venues would have the key; the venue stays as it is."""
    alice = create(world, "a")
    create(world, "b")
    taken = alice.key(apiKey="taken00000000001", secret="s" * 20)
    assert taken.info
    world.control("DELETE", f"/-/keys/{taken.api_key}")
    world.control("POST", "/venues/a/-/keys", _key(taken))
    world.control("PUT", "/-/venues/a/snapshots/one")
    world.control("DELETE", f"/venues/a/-/keys/{taken.api_key}")
    world.control("POST", "/venues/b/-/keys", _key(taken))

    reply = world.control_reply("POST", "/-/venues/a/snapshots/one/restore")

    assert reply.status == 400
    assert "the venue b" in reply.json["error"]
    assert alice.info


def test_the_log_begins_anew_with_a_restore(world: Exchange) -> None:
    """What came before is told by a door of its own."""
    alice = create(world, "a")
    world.control("PUT", "/-/venues/a/snapshots/one")
    assert alice.info
    world.control("POST", "/-/venues/a/snapshots/one/restore")

    assert world.control("GET", "/venues/a/-/requests") == []
    assert [each["number"] for each in world.control("GET", "/venues/a/-/requests/all")] == [1]


def test_every_venue_keeps_its_own_log(world: Exchange) -> None:
    """A call stands in the log of the venue that answered it."""
    alice = create(world, "a")
    assert alice.info
    assert show(world, "a")["requests"] == 1
    assert [each["path"] for each in world.control("GET", "/venues/a/-/requests")] == [
        "/v5/account/info"
    ]
    assert world.control("GET", "/-/requests") == []


def test_requests_wait_while_a_venue_is_restored(tmp_path: Path) -> None:
    """None is lost, refused or answered from two pasts."""
    with Server(data=str(tmp_path), rate_limits="off") as server:
        world = Exchange(server, ManualClock(int(time.time() * 1000)), MemoryJournal())
        alice = create(world, "a")
        done, replies = threading.Event(), []

        def ask() -> None:
            wire = Wire(server.url)
            while not done.is_set():
                alice.exchange.clock.now = int(time.time() * 1000)
                replies.append(wire.send("GET", "/v5/account/info", alice.headers("")))
            wire.close()

        asking = threading.Thread(target=ask)
        asking.start()
        for _ in range(20):
            world.control("POST", "/-/venues/a/reset")
        done.set()
        asking.join()
        world.close()
    assert len(replies) > 20
    assert {reply.retCode for reply in replies} == {0}


def test_what_is_kept_survives_a_restart(tmp_path: Path) -> None:
    """A venue with its environment, key and snapshots; one in memory does not."""
    clock = ManualClock(T0)
    with Server(clock=clock, data=str(tmp_path)) as server:
        world = Exchange(server, clock, MemoryJournal())
        alice = create(world, "a", environment="demo")
        create(world, "gone", memory=True)
        world.control("PUT", "/-/venues/a/snapshots/one")
        alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
        world.close()
    with Server(clock=clock, data=str(tmp_path)) as server:
        world = Exchange(server, clock, MemoryJournal())
        again = Actor(world, FIRST_UID, alice.api_key, alice.secret)
        mode = again.info["marginMode"]
        refused = again.get("/v5/account/withdrawal", "coinName=USDT")
        names = [venue["name"] for venue in world.control("GET", "/-/venues")]
        world.control("POST", "/-/venues/a/snapshots/one/restore")
        restored = again.info["marginMode"]
        world.close()

    assert (mode, restored) == ("ISOLATED_MARGIN", "REGULAR_MARGIN")
    assert refused.retCode == 10032
    assert names == [DEFAULT, "a"]


def test_a_restored_venue_survives_a_restart(tmp_path: Path) -> None:
    """What was taken back does not come again, in the state or in the past."""
    clock = ManualClock(T0)
    with Server(clock=clock, data=str(tmp_path)) as server:
        world = Exchange(server, clock, MemoryJournal())
        alice = create(world, "a")
        log = alice.get("/v5/account/transaction-log").result
        world.control("POST", f"/venues/a/-/accounts/{alice.uid}/fund", _give("5"))
        world.control("POST", "/-/venues/a/reset")
        world.close()
    with Server(clock=clock, data=str(tmp_path)) as server:
        world = Exchange(server, clock, MemoryJournal())
        again = Actor(world, FIRST_UID, alice.api_key, alice.secret)
        assert usdt(again, "a") == "50000"
        assert again.get("/v5/account/transaction-log").result == log
        world.close()


def test_a_venue_that_is_dropped_leaves_no_file(tmp_path: Path) -> None:
    """Journal, history and snapshots."""
    clock = ManualClock(T0)
    with Server(clock=clock, data=str(tmp_path)) as server:
        world = Exchange(server, clock, MemoryJournal())
        before = sorted(path.name for path in (tmp_path / "venues").iterdir())
        create(world, "a")
        world.control("DELETE", "/-/venues/a")
        after = sorted(path.name for path in (tmp_path / "venues").iterdir())
        world.close()
    assert after == before


def test_hundreds_at_once_each_alone() -> None:
    """300 venues, eight clients: every account ends with what its own client did."""
    with Server(rate_limits="off") as server:
        worlds = [Exchange(server, ManualClock(0), MemoryJournal()) for _ in range(8)]
        counts: dict[int, Reply] = {}
        threads = [
            threading.Thread(target=_live, args=(world, part, counts))
            for part, world in enumerate(worlds)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        left = worlds[0].control("GET", "/-/venues")
        for world in worlds:
            world.close()
    assert {number: _amount(reply) for number, reply in counts.items()} == {
        number: f"{1 + number}" for number in range(304)
    }
    assert [venue["name"] for venue in left] == [DEFAULT]


def _live(world: Exchange, part: int, counts: dict[int, Reply]) -> None:
    """Make 38 venues, move a different amount in each, read it back, drop them."""
    actors = {number: create(world, f"t{number}") for number in range(part * 38, part * 38 + 38)}
    for number, actor in actors.items():
        path = f"/venues/t{number}/-/accounts/{actor.uid}/fund"
        world.control("POST", path, {"coin": "SOL", "amount": str(1 + number)})
    for number, actor in actors.items():
        world.clock.now = int(time.time() * 1000)
        counts[number] = actor.get("/v5/account/wallet-balance", "accountType=UNIFIED&coin=SOL")
    for number in actors:
        world.control("DELETE", f"/-/venues/t{number}")


def _amount(reply: Reply) -> str:
    return str(reply.result["list"][0]["coin"][0]["walletBalance"])


def _give(amount: str) -> dict[str, str]:
    return {"coin": "USDT", "amount": amount}


def _key(actor: Actor) -> dict[str, Any]:
    return {"uid": FIRST_UID, "apiKey": actor.api_key, "secret": actor.secret}


def test_a_failing_venue_is_not_made() -> None:
    """An environment that is none: 400, and no venue of that name."""
    with running() as exchange:
        wanted = {"name": "a", "environment": "moon"}
        assert exchange.control_reply("POST", "/-/venues", wanted).status == 400
        assert [venue["name"] for venue in exchange.control("GET", "/-/venues")] == [DEFAULT]


# --- when things happen at once, or half --------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Exchange]:
    """A server that keeps its venues, without rate limits."""
    clock = ManualClock(T0)
    with (
        Server(clock=clock, data=str(tmp_path), rate_limits="off") as server,
        closing(Exchange(server, clock, MemoryJournal())) as exchange,
    ):
        yield exchange


def at_once(world: Exchange, *calls: tuple[str, str, Any]) -> list[int]:
    """Statuses of control calls that start together, each on a connection of its own."""
    statuses: dict[int, int] = {}
    gate = threading.Barrier(len(calls))

    def ask(number: int, method: str, path: str, body: Any) -> None:
        other = Exchange(world.server, world.clock, world.journal)
        gate.wait(10)
        statuses[number] = other.control_reply(method, path, body).status
        other.close()

    threads = [
        threading.Thread(target=ask, args=(number, *call)) for number, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [statuses[number] for number in range(len(calls))]


@pytest.mark.parametrize("memory", [True, False])
def test_a_name_that_two_want_is_given_once(kept: Exchange, memory: bool) -> None:
    """One is made, the other refused, whether kept or not."""
    for number in range(5):
        wanted = [{"name": f"v{number}", "memory": each} for each in (memory, False)]
        statuses = at_once(kept, *(("POST", "/-/venues", each) for each in wanted))
        assert sorted(statuses) == [200, 400]


def test_a_name_is_free_when_the_old_venue_is_gone(kept: Exchange) -> None:
    """Made while it is dropped, it is refused or a new one, and a new one has a file."""
    create(kept, "a")
    for _ in range(10):
        wanted = {"name": "a", "memory": False}
        dropped, made = at_once(
            kept, ("DELETE", "/-/venues/a", None), ("POST", "/-/venues", wanted)
        )
        assert dropped == 200
        if made != 200:
            create(kept, "a")
        assert show(kept, "a")["accounts"] == 1
        assert (Path(kept.server.settings.folder) / "venues" / "a.sqlite3").exists()


def test_a_seed_and_doors_wait_for_a_restore(kept: Exchange) -> None:
    """Nothing is written into a past that is being left; the server lives."""
    create(kept, "a")
    seed = {"seed": {"prices": {"BTC": "5"}}}
    for _ in range(10):
        statuses = at_once(
            kept,
            ("POST", "/-/venues/a/reset", None),
            ("POST", "/-/venues/a/seed", seed),
            ("PUT", "/venues/a/-/prices/BTC", {"price": "6"}),
            ("PUT", "/-/venues/a/snapshots/one", None),
        )
        assert statuses == [200, 200, 200, 200]
    assert kept.server.failure is None


def test_a_door_that_waited_finds_the_venue_gone(kept: Exchange) -> None:
    """404, and no entry is made in what was dropped."""
    for number in range(10):
        name = f"v{number}"
        create(kept, name)
        statuses = at_once(
            kept,
            ("POST", f"/-/venues/{name}/reset", None),
            ("DELETE", f"/-/venues/{name}", None),
            ("PUT", f"/venues/{name}/-/prices/BTC", {"price": "6"}),
        )
        assert statuses[1] == 200
        assert {statuses[0], statuses[2]} <= {200, 400, 404}
    assert kept.server.failure is None


def test_a_dropped_venue_leaves_no_memory(kept: Exchange) -> None:
    """Also when requests have found it by its key."""
    alice = create(kept, "a", memory=True)
    assert alice.info
    gone = kept.server.call(lambda: weakref.ref(kept.server.venues.get("a")))
    kept.control("DELETE", "/-/venues/a")
    kept.server.call(gc.collect)
    assert kept.server.call(gone) is None


def test_what_a_killed_server_left_is_removed(tmp_path: Path) -> None:
    """A venue without its start was not finished, or was being dropped; its name is free."""
    folder = tmp_path / "venues"
    with Server(data=str(tmp_path)) as server:
        world = Exchange(server, ManualClock(T0), MemoryJournal())
        create(world, "half")
        create(world, "whole")
        world.close()
    (folder / "half").rename(folder / ".half.dropped")
    (folder / "whole" / ".saving-abc").mkdir()
    with Server(data=str(tmp_path)) as server:
        world = Exchange(server, ManualClock(T0), MemoryJournal())
        names = [venue["name"] for venue in world.control("GET", "/-/venues")]
        create(world, "half")
        world.control("DELETE", "/-/venues/whole")
        world.close()
    assert names == [DEFAULT, "whole"]
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == [DEFAULT, "half"]


def test_a_store_of_before_snapshots_begins_where_it_is(tmp_path: Path) -> None:
    """Its default venue can be reset to what it was when it was first opened by this version."""
    with Server(data=str(tmp_path)) as server:
        world = Exchange(server, ManualClock(T0), MemoryJournal())
        world.control("PUT", "/-/prices/BTC", {"price": "5"})
        world.close()
    (tmp_path / "venues" / DEFAULT / "start.snapshot").unlink()
    with Server(data=str(tmp_path)) as server:
        world = Exchange(server, ManualClock(T0), MemoryJournal())
        world.control("PUT", "/-/prices/BTC", {"price": "6"})
        world.control("POST", f"/-/venues/{DEFAULT}/reset")
        assert world.control("GET", "/-/prices")["BTC"] == "5"
        world.close()


@pytest.mark.parametrize("act", ["reset", "drop"])
def test_answers_that_are_held_back_leave_with_the_past(world: Exchange, act: str) -> None:
    """A fault delays one for an hour; the venue that it is of ends before."""
    alice = create(world, "a")
    world.control("POST", "/venues/a/-/faults", {"path": "/v5/*", "delayMs": 60_000})
    wire, replies = Wire(world.server.url), []
    asking = threading.Thread(
        target=lambda: replies.append(wire.send("GET", "/v5/account/info", alice.headers("")))
    )
    asking.start()
    while not world.control("GET", "/venues/a/-/faults")[0]["matched"]:
        time.sleep(0.01)
    ends = ("POST", "/-/venues/a/reset") if act == "reset" else ("DELETE", "/-/venues/a")
    world.control(*ends)
    asking.join(10)
    wire.close()
    assert [reply.retCode for reply in replies] == [0]


def test_a_disk_that_refuses_a_snapshot_is_told(kept: Exchange) -> None:
    """500 with the reason; the venue is as it was."""
    alice = create(kept, "a")
    folder = Path(kept.server.settings.folder) / "venues" / "a"
    folder.rename(folder.with_name("elsewhere"))
    folder.write_bytes(b"in the way")
    reply = kept.control_reply("PUT", "/-/venues/a/snapshots/one")
    assert reply.status == 500
    assert "So nothing was changed." in reply.json["error"]
    assert alice.info["unifiedMarginStatus"] == 5
    folder.unlink()
    folder.with_name("elsewhere").rename(folder)
    kept.control("POST", "/-/venues/a/reset")


def test_a_killed_server_can_reset_at_once(tmp_path: Path) -> None:
    """What it left is beside the file, and nothing was written since the start."""
    clock, left = ManualClock(T0), tmp_path / "left"
    with Server(clock=clock, data=str(tmp_path / "data")) as server:
        with closing(Exchange(server, clock, MemoryJournal())) as world:
            world.control("POST", "/-/venues", {"name": "a", "memory": False})
            for path in ("", "/venues/a"):
                body = {"coin": "USDT", "amount": "5"}
                world.control("POST", f"{path}/-/accounts/{FIRST_UID}/fund", body)
        shutil.copytree(tmp_path / "data", left)  # as kill -9 would leave it
    assert list(left.rglob("*.sqlite3-wal"))
    for again in range(2):
        with (
            Server(clock=clock, data=str(left)) as server,
            closing(Exchange(server, clock, MemoryJournal())) as world,
        ):
            for path in ("", "/venues/a"):
                shown = world.control("GET", f"{path}/-/accounts/{FIRST_UID}")
                assert shown["coins"]["USDT"] == ("50005" if again == 0 else "50000")
            for name in ("a", DEFAULT):
                world.control("POST", f"/-/venues/{name}/reset")
            shown = world.control("GET", f"/-/accounts/{FIRST_UID}")
            assert shown["coins"]["USDT"] == "50000"


YEAR = 366 * 24 * HOUR


@contextmanager
def asking(world: Exchange, method: str, path: str, body: Any = None) -> Iterator[threading.Thread]:
    """A call of a door that is under way."""

    def ask() -> None:
        with closing(Exchange(world.server, world.clock, MemoryJournal())) as other:
            other.control(method, path, body)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield thread
    finally:
        thread.join()


def stepping(world: Exchange, venue: str) -> AbstractContextManager[threading.Thread]:
    """A venue that is on its way a year ahead."""
    return asking(world, "PATCH", f"/venues/{venue}/-/clock", {"stepMs": YEAR})


def test_a_long_step_of_one_venue_does_not_hold_the_others_up() -> None:
    """They are answered meanwhile; whoever asks the venue itself waits for the new time."""
    with running(rate_limits="off") as world:
        alice, bob = create(world, "a"), create(world, "b")
        for coin in ("BTC", "ETH", "SOL"):
            assert alice.post("/v5/account/borrow", coin=coin, amount="0.1").retCode == 0
        answered = 0
        with stepping(world, "a") as step:
            while step.is_alive():
                assert bob.info["unifiedMarginStatus"] == 5
                answered += 1
        assert answered >= 5
        log = alice.get("/v5/account/transaction-log", "type=INTEREST", timestamp=T0 + YEAR)
        assert len(log.result["list"]) == 20


def test_a_request_waits_until_the_clock_is_there() -> None:
    """It is answered before the step, or after all that was due on the way."""
    with running(rate_limits="off") as world:
        alice = create(world, "a")
        assert alice.post("/v5/account/borrow", coin="BTC", amount="0.1").retCode == 0
        times = set()
        with stepping(world, "a") as step:
            while step.is_alive():
                times.add(world.wire.send("GET", "/venues/a/v5/market/time", {}).json["time"])
        assert times <= {T0, T0 + YEAR}


def test_a_long_past_is_restored_beside_the_others() -> None:
    """In memory, too: its entries are read again."""
    with running(rate_limits="off") as world:
        alice, bob = create(world, "a"), create(world, "b")
        fund = {"coin": "USDT", "amount": "1"}

        def fill() -> None:
            runtime = world.server.venues.get("a").runtime
            for _ in range(5_000):
                runtime.execute(Fund(FIRST_UID, "USDT", Decimal(1)))

        world.server.call(fill)
        world.control("PUT", "/-/venues/a/snapshots/late", None)
        world.control("POST", f"/venues/a/-/accounts/{FIRST_UID}/fund", fund)
        answered = 0
        with asking(world, "POST", "/-/venues/a/snapshots/late/restore") as restore:
            while restore.is_alive():
                assert bob.info["unifiedMarginStatus"] == 5
                answered += 1
        assert answered >= 3
        assert usdt(alice, "a") == "55000"
