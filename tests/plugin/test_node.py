"""bybit-api for Node at the base URL of a venue, which has a path."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from utabox.pytest_plugin import Exchange

CLIENTS = Path(__file__).resolve().parents[1] / "clients"
INSTALLED = shutil.which("node") is not None and (CLIENTS / "node_modules" / "bybit-api").is_dir()

pytestmark = pytest.mark.skipif(
    not INSTALLED, reason="Node or its bybit-api is not installed: install Node 20, `make test`"
)


def test_bybit_api(utabox: Exchange) -> None:
    """Signed and not, both reach the venue."""
    alice = utabox.account("alice")
    options = {"baseUrl": utabox.url, "key": alice.api_key, "secret": alice.secret}
    calls = [["getAccountInfo"], ["getServerTime"]]

    done = subprocess.run(
        ["node", "calls.mjs"],
        cwd=CLIENTS,
        input=json.dumps({"options": options, "calls": calls}),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
    utabox.requests.exactly("GET /v5/account/info", "GET /v5/market/time")
    utabox.requests.none_refused()
