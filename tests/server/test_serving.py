"""Opening and closing a server: what it makes, keeps, hides and refuses."""

from __future__ import annotations

import gc
import http.client
import os
import shutil
import stat
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.actors import T0, Actor, Exchange
from tests.journal.faults import DiskFailed, FaultyJournal, SlowJournal

from utabox.clock import ManualClock
from utabox.embedded import Server
from utabox.journal import JournalError, JournalInUse
from utabox.journal.memory import MemoryJournal
from utabox.journal.sqlite import SqliteJournal
from utabox.seal import SealError
from utabox.server.http import V5Protocol
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET, SettingsError, load

ALICE = 100_000_001


def on(folder: Path, **changed: Any) -> dict[str, Any]:
    return {"data": str(folder), **changed}


def real_time(server: Server) -> Exchange:
    """A server whose clock is real, for a test that takes less than a recv window."""
    return Exchange(server, ManualClock(int(time.time() * 1000)), MemoryJournal())


def demo(server: Server) -> Actor:
    """The demo account of a server whose clock is real."""
    return Actor(real_time(server), ALICE, server.api_key, server.api_secret)


def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    """Mode, hedging, keys and money are as they were; the hash says that all is."""
    with Server(**on(tmp_path)) as server, closing(demo(server).exchange) as exchange:
        alice = Actor(exchange, ALICE, server.api_key, server.api_secret)
        mode = alice.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")
        alice.post("/v5/account/set-hedging-mode", setHedgingMode="ON")
        key = alice.key(note="mine")
        before, hashed = alice.info, exchange.control("GET", "/-/state")["hash"]
    with Server(**on(tmp_path)) as server, closing(demo(server).exchange) as exchange:
        again = Actor(exchange, ALICE, key.api_key, key.secret)
        after, rehashed = again.info, exchange.control("GET", "/-/state")["hash"]

    assert mode.retCode == 0
    assert before["spotHedgingStatus"] == "ON"
    assert after == before
    assert rehashed == hashed


def test_secrets_are_nowhere_in_clear(tmp_path: Path) -> None:
    """Not in the journal, its log or its snapshot; the key that opens them is the owner's."""
    with Server(**on(tmp_path)) as server, closing(demo(server).exchange) as exchange:
        exchange.control(
            "POST", "/-/keys", {"uid": ALICE, "apiKey": "mine", "secret": "a-very-secret-text"}
        )
        running = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())
    stopped = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())

    assert b"mine" in stopped
    assert b"a-very-secret-text" not in running + stopped
    assert DEMO_API_SECRET.encode() not in running + stopped
    key_file = tmp_path / "secrets.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    modes = {stat.S_IMODE(f.stat().st_mode) for f in tmp_path.rglob("*.sqlite3*")}
    assert modes == {0o600}


def test_a_second_server_on_the_folder_is_refused(tmp_path: Path) -> None:
    """By a sentence that names the folder and the process that has it."""
    with Server(**on(tmp_path)), pytest.raises(JournalInUse, match=str(os.getpid())):
        Server(**on(tmp_path)).start()


def test_a_lost_key_file_is_refused(tmp_path: Path) -> None:
    """The store's secrets cannot be opened: nothing is made anew, nothing is changed."""
    with Server(**on(tmp_path)):
        pass
    (tmp_path / "secrets.key").unlink()
    with pytest.raises(SealError, match=r"secrets\.key"):
        Server(**on(tmp_path)).start()
    assert not (tmp_path / "secrets.key").exists()


def test_an_entry_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """By file, number, and both versions; the folder stays as it was."""
    with Server(**on(tmp_path)):
        pass
    path = tmp_path / "venues" / "default.sqlite3"
    journal = SqliteJournal(path, "disk")
    record = list(journal.read())[-1]
    assert record.payload[1] == 1, "the version stands first in the entry"
    newer = record.payload[:1] + bytes([99]) + record.payload[2:]
    journal.append([record._replace(seq=record.seq + 1, payload=newer)])
    journal.close()
    before = path.read_bytes()

    with pytest.raises(JournalError, match=rf"entry {record.seq + 1} has schema version 99"):
        Server(**on(tmp_path)).start()

    assert path.read_bytes() == before


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    """Before anything is made in the folder."""
    with Server() as server:
        port = int(server.url.rsplit(":", 1)[1])
        with pytest.raises(SettingsError, match="--port"):
            Server(**on(tmp_path / "data", port=port)).start()
    assert not (tmp_path / "data").exists()


def test_published_credentials_stay_on_loopback(tmp_path: Path) -> None:
    """A store that holds them is refused on any other address."""
    with Server(**on(tmp_path)):
        pass
    with pytest.raises(SettingsError, match="published demo key"):
        Server(**on(tmp_path, host="0.0.0.0")).start()
    with pytest.raises(SettingsError, match="published demo credentials"):
        Server(**on(tmp_path, host="0.0.0.0", api_key="any", api_secret=DEMO_API_SECRET))


def test_another_address_gets_random_credentials(tmp_path: Path) -> None:
    """Made once; a restart does not know the secret, and does not need to."""
    with Server(**on(tmp_path, host="0.0.0.0")) as server:
        first = server.service.credentials
    with Server(**on(tmp_path, host="0.0.0.0")) as server:
        second = server.service.credentials
    assert first.api_key != DEMO_API_KEY
    assert (len(first.api_key), len(first.secret or "")) == (18, 36)
    assert (second.api_key, second.secret) == (first.api_key, None)


def test_own_credentials(tmp_path: Path) -> None:
    """Added to a store that lacks them; another secret for the same key is refused."""
    with Server(**on(tmp_path)):
        pass
    own = {"api_key": "my-key", "api_secret": "my-secret"}
    with Server(**on(tmp_path, **own)) as server, closing(demo(server).exchange) as exchange:
        alice = Actor(exchange, ALICE, "my-key", "my-secret")
        assert alice.get("/v5/account/info").retCode == 0
    with pytest.raises(SettingsError, match="another secret"):
        Server(**on(tmp_path, **own | {"api_secret": "other"})).start()


def test_a_deleted_demo_key_does_not_come_back(tmp_path: Path) -> None:
    """10003 stays 10003 after a restart."""
    with Server(**on(tmp_path)) as server, closing(demo(server).exchange) as exchange:
        exchange.control("DELETE", f"/-/keys/{DEMO_API_KEY}")
    with Server(**on(tmp_path)) as server, closing(real_time(server)) as exchange:
        assert exchange.control("GET", "/-/keys") == []
        alice = Actor(exchange, ALICE, DEMO_API_KEY, DEMO_API_SECRET)
        assert alice.get("/v5/account/info").retCode == 10003


def test_started_and_stopped_again_and_again() -> None:
    """Each answers, and no thread of it is left."""
    before = set(threading.enumerate())  # the pytest plugin's own servers run to the end
    for _ in range(10):
        with Server() as server, closing(demo(server).exchange) as exchange:
            assert exchange.get("/v5/market/time").retCode == 0
    names = [thread.name for thread in set(threading.enumerate()) - before]
    assert not [name for name in names if name.startswith(("utabox", "journal"))]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"port": 70_000}, "--port is 70000: give a whole number from 0 to 65535"),
        ({"rate_limits": "-1"}, "--rate-limits is '-1': give real, off, or a whole number"),
        ({"rate_limits": "0"}, "--rate-limits"),
        ({"connections": 0}, "--connections is 0: give a whole number from 1 to 1000000"),
        ({"durability": "maybe"}, "durability"),
        ({"memory": True, "data": "x"}, "contradict"),
        ({"api_key": "lonely"}, "together"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_settings_that_do_not_fit(given: dict[str, object], complaint: str) -> None:
    """One sentence that names the setting."""
    with pytest.raises(SettingsError, match=complaint):
        load(given, environment={})


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("127.evil.example", False),
        ("127.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
    ],
)
def test_loopback_is_what_cannot_be_reached(host: str, expected: bool) -> None:
    """A name may look like an address of this machine and be none."""
    settings = load({"host": host}, environment={})
    assert settings.on_loopback is expected


def test_the_source_of_a_wrong_setting_is_named(tmp_path: Path) -> None:
    """Flag, variable, or file and key."""
    file = tmp_path / "utabox.toml"
    file.write_text("connections = 0\n")
    with pytest.raises(SettingsError, match=r"connections in .*utabox\.toml is 0: give a whole"):
        load({}, {}, file)
    with pytest.raises(SettingsError, match="UTABOX_IP_LIMIT is 'on': give true or false"):
        load({}, {"UTABOX_IP_LIMIT": "on"})
    file.write_text("rate_limit = 7\n")
    with pytest.raises(SettingsError, match=r"toml .* 'rate_limit': did you mean rate_limits\?"):
        load({}, {}, file)


def test_memory_and_a_folder_contradict_each_other_only_at_one_level(tmp_path: Path) -> None:
    """Else the higher one wins."""
    file = tmp_path / "utabox.toml"
    file.write_text("memory = true\nrate_limits = 7\n")
    in_memory = load({"memory": True}, {"UTABOX_DATA": "x"}, file)
    in_folder = load({}, {"UTABOX_DATA": "x"}, file)
    assert (in_memory.memory, in_memory.data) == (True, None)
    assert (in_folder.memory, in_folder.data, in_folder.rate_limits) == (False, "x", "7")
    with pytest.raises(SettingsError, match="UTABOX_MEMORY and UTABOX_DATA contradict"):
        load({}, {"UTABOX_DATA": "x", "UTABOX_MEMORY": "1"})


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    """The same declaration serves all three."""
    file = tmp_path / "utabox.toml"
    file.write_text('port = 1\nrate_limits = "off"\nexplain_header = true\n')
    environment = {"UTABOX_PORT": "2", "UTABOX_RATE_LIMITS": "7", "UTABOX_HOST": ""}
    settings = load({"port": 3, "memory": None}, environment, file)
    assert (settings.port, settings.rate_limits, settings.explain_header) == (3, "7", True)
    assert settings.host == "127.0.0.1"
    file.write_text("port = ")
    with pytest.raises(SettingsError, match="TOML"):
        load({}, {}, file)


def test_it_does_not_matter_which_clock(tmp_path: Path) -> None:
    """A venue whose last entry lies in the future goes on from there."""
    with Server(**on(tmp_path), clock=ManualClock(T0 + 86_400_000)):
        pass
    with Server(**on(tmp_path), clock=ManualClock(T0)) as server:
        assert server.call(server.venue.runtime.now) == T0 + 86_400_000


def test_a_foreign_key_file_is_refused(tmp_path: Path) -> None:
    """It cannot open this store's secrets: better said now than at every call."""
    with Server(**on(tmp_path)):
        pass
    (tmp_path / "secrets.key").write_bytes(bytes(32))
    with pytest.raises(SealError):
        Server(**on(tmp_path)).start()


def test_a_refused_start_writes_nothing(tmp_path: Path) -> None:
    """Own credentials on a store that holds the published ones, beyond loopback."""
    with Server(**on(tmp_path)):
        pass
    path = tmp_path / "venues" / "default.sqlite3"
    before = path.read_bytes()
    with pytest.raises(SettingsError, match="published demo key"):
        Server(**on(tmp_path, host="0.0.0.0", api_key="mine", api_secret="mine too")).start()
    assert path.read_bytes() == before


def test_a_folder_that_vanished(tmp_path: Path) -> None:
    """Commands are refused with 10016; reads go on."""
    with Server(**on(tmp_path / "data")) as server, closing(demo(server).exchange) as exchange:
        alice = Actor(exchange, ALICE, server.api_key, server.api_secret)
        shutil.rmtree(tmp_path / "data")
        refused = alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
        assert refused.retCode == 10016
        assert alice.get("/v5/account/info").retCode == 0


def test_the_journal_fails_under_held_requests() -> None:
    """They get no answer, at once; the server ends and says why."""
    journal = FaultyJournal(SlowJournal(MemoryJournal(), 0.05), fail_at=2)
    with Server(journal=journal) as server, closing(demo(server).exchange) as exchange:
        alice = Actor(exchange, ALICE, server.api_key, server.api_secret)
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            alice.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
        server.stop()
    assert isinstance(server.failure, DiskFailed)


@pytest.mark.parametrize("path", ["/v5/market/time", "/v5/account/info", "/-/accounts", "/none"])
def test_a_closed_connection_leaves_no_cycle(path: str) -> None:
    """Else thousands of them are collected at once, while every other client waits."""
    with Server() as server:
        host = server.url.removeprefix("http://")

        def connect() -> None:
            with closing(http.client.HTTPConnection(host, timeout=10)) as connection:
                connection.request("GET", path, headers={"Connection": "close"})
                connection.getresponse().read()

        def left() -> int:
            return sum(isinstance(each, V5Protocol) for each in gc.get_objects())

        connect()
        gc.collect()
        before = left()
        gc.disable()
        try:
            for _ in range(20):
                connect()
            until = time.monotonic() + 5
            while server.call(left) > before and time.monotonic() < until:
                time.sleep(0.01)
            assert server.call(left) <= before
        finally:
            gc.enable()
