"""kill -9 of the whole server under concurrent writes: every acknowledged write is there.

Each writer owns an account and gives it 1 USDT at a time over the control door, counting what
was acknowledged; another switches margin modes over the exchange's API. After each kill the
next start must hold at least what was acknowledged, at most one write more a writer, and nothing
by halves. `--kills N` says how often.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.cli.process import environment

from utabox.engine.invariants import audit
from utabox.journal.sqlite import SqliteJournal
from utabox.runtime import replay
from utabox.server.signature import sign_hmac
from utabox.settings import DEMO_API_KEY, DEMO_API_SECRET

WRITERS = 4
TOKEN = "a-token-of-this-test"
MODES = ("ISOLATED_MARGIN", "REGULAR_MARGIN")


class Killable:
    """`utabox serve` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "utabox", "serve", "--port", "0", "--quiet"]
        options = ["--data", str(folder), "--rate-limits", "off"]
        self.process = subprocess.Popen(
            [*command, *options],
            env=environment(folder.parent, UTABOX_TOKEN=TOKEN),
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "http://" in line, f"not ready: {line!r}"
        self.host = urlsplit(line[line.index("http://") :].split()[0]).netloc

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, timeout=10)


class Writer(threading.Thread):
    """Funds one account until the server dies."""

    def __init__(self, host: str, uid: int) -> None:
        super().__init__()
        self.host, self.uid = host, uid
        self.sent = self.acknowledged = 0

    def run(self) -> None:
        connection = http.client.HTTPConnection(self.host, timeout=10)
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(connection),
        ):
            while True:
                self.sent += 1
                body = call(connection, "POST", f"/-/accounts/{self.uid}/fund", coin="USDT",
                            amount="1")  # fmt: skip
                assert body["uid"] == self.uid
                self.acknowledged += 1


class Switcher(threading.Thread):
    """Alternates the demo account's margin mode until the server dies."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self.host = host
        self.sent = self.acknowledged = ""

    def run(self) -> None:
        connection = http.client.HTTPConnection(self.host, timeout=10)
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(connection),
        ):
            for turn in range(1_000_000):
                self.sent = MODES[turn % 2]
                assert switch(connection, self.sent)["retCode"] == 0
                self.acknowledged = self.sent


def call(connection: http.client.HTTPConnection, method: str, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    response = connection.getresponse()
    content = response.read()
    assert response.status == 200, content
    return json.loads(content)


def switch(connection: http.client.HTTPConnection, mode: str) -> Any:
    body = json.dumps({"setMarginMode": mode})
    timestamp = str(int(time.time() * 1000))
    text = f"{timestamp}{DEMO_API_KEY}5000{body}".encode()
    headers = {
        "X-BAPI-API-KEY": DEMO_API_KEY,
        "X-BAPI-TIMESTAMP": timestamp,
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": sign_hmac(DEMO_API_SECRET.encode(), text),
    }
    connection.request("POST", "/v5/account/set-margin-mode", body, headers)
    response = connection.getresponse()
    return json.loads(response.read())


def balances(server: Killable) -> dict[int, Decimal]:
    connection = server.connect()
    accounts = call(connection, "GET", "/-/accounts")
    connection.close()
    return {each["uid"]: Decimal(each["coins"].get("USDT", 0)) for each in accounts}


def demo_mode(server: Killable) -> str:
    connection = server.connect()
    mode = call(connection, "GET", "/-/accounts")[0]["marginMode"]
    connection.close()
    return str(mode)


def test_every_acknowledged_write_survives(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """However often, and whenever, the process is killed."""
    dice = random.Random(20261122)
    folder = tmp_path / "data"
    server = Killable(folder)
    connection = server.connect()
    uids = [call(connection, "POST", "/-/accounts", kind=5)["uid"] for _ in range(WRITERS)]
    connection.close()
    total = 0

    for _ in range(pytestconfig.getoption("--kills")):
        before = balances(server)
        writers = [Writer(server.host, uid) for uid in uids]
        switcher = Switcher(server.host)
        for thread in (*writers, switcher):
            thread.start()
        time.sleep(dice.uniform(0.0, 0.12))
        server.kill()
        for thread in (*writers, switcher):
            thread.join(timeout=20)
            assert not thread.is_alive()

        server = Killable(folder)
        after = balances(server)
        for writer in writers:
            gained = after[writer.uid] - before[writer.uid]
            assert writer.acknowledged <= gained <= writer.sent
            total += writer.acknowledged
        if switcher.acknowledged:
            assert demo_mode(server) in (switcher.acknowledged, switcher.sent)

    assert total > 0, "no write was acknowledged: the test tested nothing"
    server.kill()
    journal = SqliteJournal(folder / "venues" / "default.sqlite3", "disk")
    state, _ = replay(journal)
    journal.close()
    assert audit(state) == []
