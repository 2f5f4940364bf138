// What the helper does by itself. tests/clients/node_helper.test.mjs uses it with bybit-api.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { start, UtaboxError, Venue } from "./index.js";

const LATE_MS = 15_000;
let server;

before(async () => {
  server = await start({ rateLimits: "off" });
});

after(() => server?.stop());

beforeEach(() => server.reset());

/** A signed GET of account info, as the guide says. */
async function info(venue, { key, secret }) {
  const now = Date.now();
  const sign = createHmac("sha256", secret).update(`${now}${key}5000`).digest("hex");
  const answer = await fetch(`${venue.url}/v5/account/info`, {
    headers: {
      "X-BAPI-API-KEY": key,
      "X-BAPI-TIMESTAMP": `${now}`,
      "X-BAPI-RECV-WINDOW": "5000",
      "X-BAPI-SIGN": sign,
    },
  });
  return answer.json();
}

async function gone(url) {
  const until = Date.now() + LATE_MS;
  while (Date.now() < until) {
    try {
      await fetch(url);
    } catch {
      return true;
    }
    await sleep(20);
  }
  return false;
}

test("an account has the money and the kind that it was given", async () => {
  const { uid, key, secret } = await server.account({ kind: 6, funds: { USDT: "1000" } });

  const { coins } = await server.door("GET", `accounts/${uid}`);
  const { result } = await info(server, { key, secret });
  assert.deepEqual(coins, { USDT: "1000" });
  assert.equal(result.unifiedMarginStatus, 6);
});

test("the demo account is there from the start", async () => {
  assert.equal((await info(server, server.demo)).retCode, 0);
});

test("a secret of one's own is handed back", async () => {
  const mine = { apiKey: "mine00000000000000", secret: "my own secret" };
  const account = await server.account({ key: { ...mine, readOnly: true } });

  assert.deepEqual([account.key, account.secret], [mine.apiKey, mine.secret]);
  assert.equal((await info(server, account)).retCode, 0);
});

test("what a door refuses is thrown, with its status and sentence", async () => {
  await assert.rejects(
    server.account({ kind: 7 }),
    (error) => error instanceof UtaboxError && error.status === 400 && /kind/.test(error.message),
  );
});

test("reset takes away what was made", async () => {
  const alice = await server.account();
  await server.reset();

  assert.equal((await info(server, alice)).retCode, 10003);
  assert.deepEqual((await server.faults.list()).length, 0);
});

test("a venue has accounts and calls of its own", async () => {
  const venue = await server.venue("mine");
  const alice = await venue.account({ funds: { BTC: "1" } });
  assert.equal((await info(venue, alice)).retCode, 0);

  assert.equal(venue.url, `${server.url}/venues/mine`);
  assert.equal((await venue.requests({ uid: alice.uid })).length, 1);
  assert.equal((await server.requests({ uid: alice.uid })).length, 0);

  await venue.drop();
  await assert.rejects(venue.account(), /mine/);
});

test("a seed's accounts are told by name", async () => {
  const accounts = [{ name: "alice", balances: { USDT: "7" } }];
  const venue = await server.venue(undefined, { seed: { accounts } });
  const more = await venue.seed({ accounts: [{ name: "bob" }] });
  const [alice] = venue.seeded;

  assert.deepEqual([alice.name, more[0].name], ["alice", "bob"]);
  assert.deepEqual((await venue.door("GET", `accounts/${alice.uid}`)).coins, { USDT: "7" });
  assert.equal((await info(venue, alice)).retCode, 0);
  await venue.drop();
});

test("a seed file fills a server as it starts", async () => {
  const folder = await mkdtemp(join(tmpdir(), "utabox-"));
  const seed = join(folder, "seed.yaml");
  await writeFile(seed, "accounts:\n  - name: alice\n    balances: {USDT: '7'}\n");
  const other = await start({ seed });
  const [{ name, uid }] = other.seeded;

  assert.equal(name, "alice");
  assert.deepEqual((await other.door("GET", `accounts/${uid}`)).coins, { USDT: "7" });
  await other.stop();
  await rm(folder, { recursive: true });
});

test("a snapshot brings money back", async () => {
  const venue = await server.venue();
  const { uid } = await venue.account({ funds: { USDT: "5" } });
  await venue.snapshot("five");
  await venue.fund(uid, { USDT: -5 });
  await venue.restore("five");

  assert.deepEqual((await venue.door("GET", `accounts/${uid}`)).coins, { USDT: "5" });
  await venue.drop();
});

test("the clock stands still, steps, runs, and is the machine's again", async () => {
  const venue = await server.venue();
  const frozen = await venue.clock.freeze("2030-01-01T00:00:00Z");
  const stepped = await venue.clock.step(3_600_000);
  const ahead = await venue.clock.set(new Date("2030-01-02T00:00:00Z"));
  const fast = await venue.clock.run(60);

  assert.deepEqual([frozen.time, frozen.speed], [Date.UTC(2030, 0, 1), "0"]);
  assert.equal(stepped.time, Date.UTC(2030, 0, 1, 1));
  assert.equal(ahead.time, Date.UTC(2030, 0, 2));
  assert.equal(fast.speed, "60");
  assert.equal((await server.clock.show()).set, false);
  await venue.drop();
});

for (const [time, said] of [["garbage", /garbage is no time/], [new Date("x"), /is no time/]]) {
  test(`${time} is no time, and the clock stays`, async () => {
    await assert.rejects(async () => server.clock.set(time), said);
    assert.equal((await server.clock.show()).set, false);
  });
}

test("what is no amount is said before an account is made", async () => {
  const before = (await server.door("GET", "accounts")).length;

  await assert.rejects(server.account({ funds: { USDT: NaN } }), /USDT: NaN is no amount.*"1000.5"/);
  assert.equal((await server.door("GET", "accounts")).length, before);
});

test("a number is an amount, however small it is written", async () => {
  const { uid } = await server.account({ funds: { BTC: 1e-7, USDT: 1e3 } });

  const { coins } = await server.door("GET", `accounts/${uid}`);
  assert.deepEqual([Number(coins.BTC), coins.USDT], [1e-7, "1000"]);
});

test("a fault meets as many calls as it may, and can be cleared", async () => {
  const alice = await server.account();
  const rule = await server.faults.add({ path: "/v5/account/info", retCode: 10016, times: 1 });
  const codes = [(await info(server, alice)).retCode, (await info(server, alice)).retCode];

  assert.deepEqual(codes, [10016, 0]);
  assert.deepEqual((await server.faults.list()).map(({ id, fired }) => [id, fired]), [[rule.id, 1]]);
  await server.faults.clear(rule.id);
  await server.faults.add({ status: 503 });
  await server.faults.clear();
  assert.deepEqual(await server.faults.list(), []);
});

test("refused calls are told with their why", async () => {
  await info(server, { key: "nobodysKey00000000", secret: "none" });
  const [refused] = await server.requests({ refused: true });

  assert.equal(refused.retCode, 10003);
  assert.ok(refused.why.hint);
});

test("a stopped server is gone, and a call says so", async () => {
  const other = await start();
  const told = [other.stop(), other.stop()];
  await Promise.all(told);

  await assert.rejects(other.requests(), /does not answer: it ended with exit code 0/);
});

for (const [kind, status] of [["classic", 1], ["uta1", 3], ["uta1_pro", 4], ["UTA2-PRO", 6]]) {
  test(`an account may be ${kind}`, async () => {
    const { result } = await info(server, await server.account({ kind }));
    assert.equal(result.unifiedMarginStatus, status);
  });
}

test("a word that is no kind is said with those that are, before an account is made", async () => {
  const before = (await server.door("GET", "accounts")).length;

  await assert.rejects(server.account({ kind: "uta3" }), /"uta3" is no kind.*classic, uta1, uta1-pro/);
  assert.equal((await server.door("GET", "accounts")).length, before);
});

test("a step is as long as its words say", async () => {
  const venue = await server.venue();
  const { time } = await venue.clock.freeze();
  await venue.clock.step("1h30m");
  const stepped = await venue.clock.step("2d1s5ms");

  assert.equal(stepped.time - time, (90 * 60 + 2 * 86_400 + 1) * 1_000 + 5);
  for (const wrong of ["", "1", "1.5h", "h", "1 fortnight"]) {
    assert.throws(() => venue.clock.step(wrong), /is no duration: give such as "1h30m"/);
  }
  await venue.drop();
});

test("options ask for the time where the clock was set, and only there", async () => {
  const venue = await server.venue("timely", { seed: { clock: { speed: "0" } } });
  const follows = (of) => of.options(of.demo ?? server.demo).syncTimeBeforePrivateRequests;
  const seen = [follows(venue), follows(server)];
  await server.clock.freeze();
  seen.push(follows(server));
  await server.reset();
  seen.push(follows(server));

  assert.deepEqual(seen, [true, undefined, true, undefined]);
  assert.equal(server.options(server.demo, { baseUrl: "mine" }).baseUrl, "mine");
  await venue.drop();
});

test("a client is given the venue's time, which is not in the log", async () => {
  class Client {
    constructor(options) {
      this.options = options;
    }
  }
  await server.clock.freeze();
  const { time } = await server.clock.step("1h");
  const client = server.client(Client, server.demo, { recv_window: 7 });

  const { key, recv_window: window, syncTimeBeforePrivateRequests: follows } = client.options;
  assert.deepEqual([key, window, follows], [server.demo.key, 7, true]);
  assert.equal(await client.fetchServerTime(), time / 1_000);
  assert.deepEqual(await server.requests(), []);
});

test("calls are chosen by method and path, however many there are", async () => {
  const alice = await server.account();
  await info(server, alice);
  for (let left = 501; left > 0; left -= 1) await fetch(`${server.url}/v5/market/time`);

  assert.equal((await server.requests()).length, 502);
  assert.equal((await server.requests({ path: "/v5/account/*" })).length, 1);
  assert.equal((await server.requests({ method: "post" })).length, 0);
  assert.deepEqual(
    (await server.requests({ path: "/v5/account/info", limit: 1 })).map(({ uid }) => uid),
    [alice.uid],
  );
  assert.equal((await server.requests({ limit: 2 })).length, 2);
});

test("a filter that is written wrongly chooses nothing", async () => {
  await assert.rejects(
    server.requests({ path: "/v5/account/info", refusd: true }),
    /requests\(\) takes no refusd: it takes method, path, refused, uid/,
  );
});

test("what was sent is expected", async () => {
  const alice = await server.account();
  await info(server, alice);
  await fetch(`${server.url}/v5/market/kline?symbol=BTCUSDT&interval=1`);
  await fetch(`${server.url}/v5/account/set-margin-mode`, {
    method: "POST",
    body: JSON.stringify({ setMarginMode: "ISOLATED_MARGIN", more: [{ deep: 1, other: 2 }] }),
  });
  const mode = (body, more) => server.expect("POST", "/v5/account/set-margin-mode", { body, ...more });

  const [sent] = await server.expect("GET", "/v5/account/info", { times: 1, retCode: 0, status: 200 });
  assert.equal(sent.uid, alice.uid);
  await server.expect("GET", "/v5/market/*", { params: { symbol: "BTCUSDT" } });
  await server.expect("GET", "/v5/account/repay", { times: 0 });
  await mode({ setMarginMode: (text) => text.startsWith("ISOLATED"), more: [{ deep: 1 }] });
  for (const body of [{ setMarginMode: "X" }, { other: 1 }, { more: [] }, { more: {} }]) {
    await mode(body, { times: 0 });
  }
});

test("what was not sent is shown with what was", async () => {
  const missing = server.expect("POST", "/v5/account/repay", { times: 1, body: { coin: "BTC" } });
  await assert.rejects(missing, (error) => (
    error.name === "AssertionError"
    && error.message.includes('POST /v5/account/repay with {"body":{"coin":"BTC"}} once, seen never')
    && error.message.includes("no requests: nothing reached this venue")
  ));
  await info(server, { key: "nobodysKey00000000", secret: "none" });
  await assert.rejects(
    server.expect("GET", "/v5/account/info", { retCode: 0 }),
    /at least once, seen never\n\n#\d+ GET \/v5\/account\/info {2}200\/10003 .*\n +why: /,
  );
  await assert.rejects(server.expect("GET", "/", { tims: 1 }), /expect\(\) takes no tims: it takes times/);
});

test("a setting that does not fit is said in the server's words", async () => {
  await assert.rejects(start({ rateLimits: "sometimes" }), (error) => (
    /real, off, or/.test(error.message) && !/UTABOX_BIN/.test(error.message)
  ));
  await assert.rejects(start({ noSuchSetting: 1 }), /--no-such-setting/);
});

test("a program that is not there is named, with what to do", async () => {
  await assert.rejects(start({ bin: "no-such-utabox" }), /no-such-utabox.*UTABOX_BIN/s);
});

test("a server that is not ready in time is ended", async () => {
  const began = Date.now();
  await assert.rejects(
    start({ bin: ["/bin/sh", "-c", "sleep 60"], timeoutMs: 50 }),
    /not ready after 50 ms/,
  );
  assert.ok(Date.now() - began < LATE_MS);
});

for (const [how, ending] of [
  ["forgets to stop it", ""],
  ["is killed", "process.kill(process.pid, 'SIGKILL');"],
  ["throws", "throw new Error('deliberate');"],
]) {
  test(`the server ends with a program that ${how}`, async () => {
    const program = `
      import { start } from ${JSON.stringify(new URL("./index.js", import.meta.url).href)};
      const server = await start();
      await new Promise((done) => process.stdout.write(server.url, done));
      ${ending}`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
    let url = "";
    child.stdout.on("data", (text) => (url += text));
    await once(child, "close");

    assert.match(url, /^http:/);
    assert.ok(await gone(url));
  });
}


test("an answer that is no JSON is told with its status and first words", async () => {
  const fake = createServer((_, answer) => {
    answer.writeHead(500, { "Content-Type": "text/plain" });
    answer.end("Internal Server Error\n" + "x".repeat(1_000));
  });
  await once(fake.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${fake.address().port}`;
  const life = { ended: null };
  const venue = new Venue({ url, server: url, path: "", name: "a", token: "t", life });

  await assert.rejects(venue.door("GET", "accounts"), (error) => (
    error instanceof UtaboxError
    && error.status === 500
    && /^GET \/-\/accounts: HTTP 500 with no JSON: Internal Server Error x+\.\.\.$/.test(error.message)
    && error.message.length < 300
  ));
  fake.close();
});

test("a method or path that no call can have is refused", async () => {
  const refused = (asked, told) => assert.rejects(asked, (error) => (
    error instanceof UtaboxError && told.test(error.message)
  ));
  await refused(server.expect("GTE", "/v5/account/info", { times: 0 }), /no method GTE: give such as/);
  await refused(server.expect("GET", "v5/account/info", { times: 0 }), /v5\/account\/info is no path/);
  await refused(server.expect("GET", "/v5/account/info?a=1", { times: 0 }), /is no path/);
  await refused(server.requests({ path: "v5/account/info" }), /requests\(\): v5/);
});

test("JSON that is nested too deeply is refused with a sentence", async () => {
  let deep = {};
  for (let depth = 0; depth < 2_000; depth += 1) deep = { deep };
  await assert.rejects(
    server.door("POST", "venues", { seed: deep }),
    (error) => error instanceof UtaboxError && error.status === 400 && /too deeply/.test(error.message),
  );
});
