// clients/node with bybit-api: a bot's tests, as its users write them.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { RestClientV5 } from "bybit-api";
import { start } from "../../clients/node/index.js";

let server, alice, client;

before(async () => {
  server = await start();
});

after(() => server?.stop());

beforeEach(async () => {
  await server.reset();
  alice = await server.account({ funds: { USDT: "1000" } });
  client = new RestClientV5(server.options(alice));
});

test("the balance is what the account was given", async () => {
  const { result } = await client.getWalletBalance({ accountType: "UNIFIED" });

  const [usdt] = result.list[0].coin;
  assert.deepEqual([usdt.coin, usdt.walletBalance], ["USDT", "1000"]);
});

test("the client's own options are passed on", async () => {
  const wrong = new RestClientV5(server.options(alice, { secret: "wrong" }));

  assert.equal((await wrong.getAccountInfo()).retCode, 10004);
});

test("what was sent is in the log", async () => {
  await client.setMarginMode("ISOLATED_MARGIN");
  const [sent] = await server.requests({ uid: alice.uid });

  assert.deepEqual(
    [sent.method, sent.path, JSON.parse(sent.body), sent.retCode],
    ["POST", "/v5/account/set-margin-mode", { setMarginMode: "ISOLATED_MARGIN" }, 0],
  );
});

test("an answer that is lost leaves the change", async () => {
  await server.faults.add({
    path: "/v5/account/set-margin-mode",
    close: "before",
    executed: true,
    times: 1,
  });
  await assert.rejects(client.setMarginMode("ISOLATED_MARGIN"));

  assert.equal((await client.getAccountInfo()).result.marginMode, "ISOLATED_MARGIN");
});

test("a key ends when the clock has stepped past its time", async () => {
  const { time } = await server.clock.show();
  const bob = await server.account({ key: { expiresAt: time + 60_000 } });
  const his = new RestClientV5(server.options(bob, { syncTimeBeforePrivateRequests: true }));
  const before = await his.getAccountInfo();
  await server.clock.step(120_000);
  const later = await his.getAccountInfo();

  assert.deepEqual([before.retCode, later.retCode], [0, 33004]);
});

test("a venue's client needs its options only", async () => {
  const venue = await server.venue();
  const bob = await venue.account({ funds: { BTC: "2" } });
  const his = new RestClientV5(venue.options(bob));

  const { result } = await his.getWalletBalance({ accountType: "UNIFIED" });
  assert.equal(result.list[0].coin[0].walletBalance, "2");
  assert.equal((await his.getServerTime()).retCode, 0);
  assert.equal((await venue.requests()).length, 2);
  await venue.drop();
});
