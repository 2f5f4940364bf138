"""The venue's clock: real, frozen, fast, and stepped with every timer on the way."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.actors import T0, Actor, Exchange

from utabox.clock import ManualClock
from utabox.embedded import Server
from utabox.journal.memory import MemoryJournal

CLOCK = "/-/clock"
HOUR = 3_600_000


def change(exchange: Exchange, **body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = exchange.control("PATCH", CLOCK, body)
    return answer


def server_time(exchange: Exchange) -> int:
    return int(exchange.get("/v5/market/time").json["time"])


def test_it_is_the_machines(exchange: Exchange) -> None:
    """Until it is set."""
    assert exchange.control("GET", CLOCK) == {
        "time": T0, "machineTime": T0, "speed": "1", "set": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("speed", "passed"), [("0", 0), ("0.5", 500), ("1", 1000), ("60", 60_000), ("1000", 1_000_000)]
)
def test_how_fast_it_runs(exchange: Exchange, speed: str, passed: int) -> None:
    """A second of the machine's later."""
    change(exchange, speed=speed)
    exchange.clock.advance(1000)
    assert server_time(exchange) == T0 + passed


def test_a_step_from_where_it_is(exchange: Exchange) -> None:
    """The speed stays; the machine's time goes on beside it."""
    change(exchange, speed="0")
    exchange.clock.advance(5000)
    assert change(exchange, stepMs=HOUR)["time"] == T0 + HOUR
    assert change(exchange, time=T0 + 3 * HOUR, speed="2")["speed"] == "2"
    exchange.clock.advance(10)
    assert server_time(exchange) == T0 + 3 * HOUR + 20


def test_timers_fire_on_the_way_each_at_its_own_time(exchange: Exchange) -> None:
    """Three hours of interest in one step: three charges, each at minute 05."""
    alice = exchange.account(USDT="10000")
    alice.post("/v5/account/borrow", coin="BTC", amount="0.01")
    now = change(exchange, stepMs=3 * HOUR)["time"]

    rows = alice.get("/v5/account/borrow-history", timestamp=now).result["list"]

    # 02:24:00 + 3 h: 03:05, 04:05 and 05:05
    assert [row["createdTime"] % HOUR for row in rows] == [300_000] * 3
    assert [now - row["createdTime"] for row in rows] == [
        (19 + hours * 60) * 60_000 + 123 for hours in range(3)
    ]


def test_a_long_way_with_something_due_takes_several_steps(exchange: Exchange) -> None:
    """Each hour of interest is an entry: a century of them would hold the server for minutes."""
    year = 366 * 24 * HOUR
    assert change(exchange, time=T0 + 2 * year)["time"] == T0 + 2 * year
    alice = exchange.account(vip="VIP-1")
    alice.post_text("/v5/account/upgrade-to-uta", "{}", timestamp=T0 + 2 * year)
    far = exchange.control_reply("PATCH", CLOCK, {"time": T0 + 4 * year})
    assert far.status == 400
    assert "a year at once" in far.json["error"]
    assert change(exchange, time=T0 + 3 * year)["time"] == T0 + 3 * year


def test_an_upgrade_is_complete_after_a_step(exchange: Exchange) -> None:
    """Not before: it takes five seconds of the venue's."""
    alice = exchange.account(vip="VIP-1")
    alice.post("/v5/account/upgrade-to-uta")
    change(exchange, stepMs=5000)
    account = exchange.control("GET", f"/-/accounts/{alice.uid}")
    assert (account["kind"], account["updatedTime"]) == (6, (T0 + 5000) // 1000 * 1000)


def test_signatures_are_judged_by_it_and_the_why_says_so(exchange: Exchange) -> None:
    """A client with the machine's clock is refused, and told what to do."""
    alice = exchange.account()
    change(exchange, speed="0", stepMs=HOUR)

    assert alice.get("/v5/account/info").retCode == 10002
    assert "utabox clock follow" in exchange.why["hint"]
    assert exchange.why["details"]["venue_clock"] == "set, 0 x the machine's"
    assert alice.get("/v5/account/info", timestamp=T0 + HOUR).retCode == 0


def test_back_to_the_machines(exchange: Exchange) -> None:
    """Refused while the venue is ahead, because time never goes back."""
    change(exchange, stepMs=1000)
    ahead = exchange.control_reply("DELETE", CLOCK)
    assert ahead.status == 400
    assert ahead.json["why"]["seen"].endswith("on the machine's clock, 1 s behind")
    assert "`utabox venue reset`" in ahead.json["why"]["hint"]
    change(exchange, speed="0")
    exchange.clock.advance(1000)
    assert exchange.control("DELETE", CLOCK)["set"] is False
    assert server_time(exchange) == T0 + 1000


@pytest.mark.parametrize(
    "body",
    [
        {"time": T0 - 1}, {"time": 10**18}, {"stepMs": -1}, {"stepMs": 366 * 24 * HOUR + 1},
        {"time": T0 + 1, "stepMs": 1}, {"speed": "-1"}, {"speed": "1001"}, {"speed": "0.0001"},
        {"speed": "1e-99999999"}, {"speed": "NaN"}, {"pace": 1}, {}, {"time": None},
    ],
)  # fmt: skip
def test_what_cannot_be(exchange: Exchange, body: dict[str, Any]) -> None:
    """400 with a sentence, and time runs as before."""
    before = exchange.entries
    assert exchange.control_reply("PATCH", CLOCK, body).status == 400
    assert exchange.entries == before


def test_it_is_kept(tmp_path: Path) -> None:
    """A frozen venue is frozen when its store is opened again, five hours later."""
    data = str(tmp_path / "data")
    for machine in (T0, T0 + 5 * HOUR):
        clock = ManualClock(machine)
        with (
            Server(clock=clock, data=data) as server,
            closing(Exchange(server, clock, MemoryJournal())) as exchange,
        ):
            if machine == T0:
                change(exchange, speed="0", stepMs=HOUR)
            assert server_time(exchange) == T0 + HOUR


def test_a_client_that_measures_the_difference(exchange: Exchange) -> None:
    """It signs with the venue's time."""
    alice: Actor = exchange.account()
    change(exchange, stepMs=7 * HOUR)
    assert alice.get("/v5/account/info", timestamp=server_time(exchange)).retCode == 0


def test_time_stands_still_at_its_last_moment(exchange: Exchange) -> None:
    """The year 9999 ends; the venue can still be used, kept and stopped."""
    last = 253_402_300_799_999
    change(exchange, time=last - 500, speed="1000")
    exchange.clock.advance(60_000)

    assert exchange.control("GET", CLOCK)["time"] == server_time(exchange) == last
    exchange.control("PUT", "/-/venues/default/snapshots/late")
    alice = exchange.account(USDT="5")
    assert alice.get("/v5/account/info", timestamp=last).retCode == 0
    assert change(exchange, speed="0")["speed"] == "0"
    exchange.control("POST", "/-/venues/default/snapshots/late/restore")
    assert server_time(exchange) == last


def test_a_hint_promises_of_a_reset_what_it_does(exchange: Exchange) -> None:
    """The clock that it had at its start may be a set one."""
    seed = {"clock": {"time": "2030-01-01", "speed": "0"}, "accounts": [{}]}
    made = exchange.control("POST", "/-/venues", {"name": "set", "seed": seed})
    alice = Actor(exchange, 100_000_001, made["apiKey"], made["accounts"][0]["secret"])

    assert alice.get("/v5/account/info").retCode == 10002

    hint = exchange.control("GET", "/venues/set/-/requests?refused=1")[-1]["why"]["hint"]
    assert "to its start, with the clock that it had then." in hint
