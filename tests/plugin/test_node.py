"""bybit-api for Node at the base URL of a venue, which has a path; and by the helper's README."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from utabox.pytest_plugin import Exchange

CLIENTS = Path(__file__).resolve().parents[1] / "clients"
HELPER = CLIENTS.parents[1] / "clients" / "node"
INSTALLED = shutil.which("node") is not None and (CLIENTS / "node_modules" / "bybit-api").is_dir()

pytestmark = pytest.mark.skipif(
    not INSTALLED, reason="Node or its bybit-api is not installed: install Node 20, `make test`"
)

FOLLOWS_THE_CLOCK = """
import assert from "node:assert/strict";
import { RestClientV5 } from "bybit-api";
import { start } from "utabox";

const server = await start({ rateLimits: "off" });
const alice = await server.account({ funds: { USDT: "10000" } });
const early = server.client(RestClientV5, alice);
assert.equal((await early.getAccountInfo()).retCode, 0);
await server.clock.freeze();
await early.manualBorrow({ coin: "BTC", amount: "0.01" });
await server.clock.step(3600_000);
const late = new RestClientV5(server.options(alice));
for (const client of [early, late]) {
  const { retCode, result } = await client.getTransactionLog({ type: "INTEREST" });
  assert.deepEqual([retCode, result.list.length], [0, 1]);
}
const switched = await late.setCollateralCoin({ coin: "ETH", collateralSwitch: "OFF" });
assert.equal(switched.retCode, 0);
const routes = (await server.requests()).map(({ path }) => path);
assert.equal(routes.filter((path) => path === "/v5/market/time").length, 2);
assert.equal(routes.length, 7);
assert.deepEqual(await server.requests({ refused: true }), []);
await server.stop();
"""


def node(program: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program that imports `utabox` as its README says."""
    variables = {
        "UTABOX_BIN": str(Path(sys.executable).with_name("utabox")),
        "XDG_STATE_HOME": str(home),
    }
    return subprocess.run(
        ["node", "--input-type=module", "-e",
         program.replace('from "utabox"', f'from "{HELPER.as_uri()}/index.js"')],
        cwd=CLIENTS,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip


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


def test_its_clients_follow_the_clock(tmp_path: Path) -> None:
    """One that the helper made, also before the clock was moved, with no calls of its own; and one
    of options from after that, which asks for the time."""
    done = node(FOLLOWS_THE_CLOCK, tmp_path)

    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", "")


def test_the_tests_of_its_readme_pass(tmp_path: Path) -> None:
    """Word for word."""
    (program,) = re.findall(r"```js\n(.*?)```", (HELPER / "README.md").read_text(), re.S)

    done = node(program, tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 2" in done.stdout
