// Starts `utabox serve` for tests, and enters its doors. No dependencies; types in index.d.ts.

import { AssertionError } from "node:assert";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";

const STDERR_KEPT = 4_000; // characters
const OUTPUT_MS = 200; // for what an ended process wrote at last
const NOT_FLAGS = ["apiKey", "apiSecret", "token"]; // they would stand in the process list
const PAGE = 500; // calls that the server tells at once
const FILTERS = ["method", "path", "refused", "uid", "requestId", "after", "limit"];
const EXPECTED = ["times", "body", "params", "retCode", "status"];
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const KINDS = { classic: 1, uta1: 3, "uta1-pro": 4, uta2: 5, "uta2-pro": 6 };
const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A refusal of a door, or no answer. `status` and `why` are the server's, where it answered. */
export class UtaboxError extends Error {
  constructor(message, { status, why, cause } = {}) {
    super(message, { cause });
    this.name = "UtaboxError";
    this.status = status;
    this.why = why ?? null;
  }
}

/** Start a server on a free port. It ends with `stop()`, and with this process. */
export async function start({ bin, timeoutMs = 15_000, ...settings } = {}) {
  const command = [bin ?? (process.env.UTABOX_BIN || "utabox")].flat();
  const token = settings.token ?? randomBytes(24).toString("hex");
  const child = launch([...command, "serve", ...flags(settings)], {
    UTABOX_TOKEN: token,
    ...(settings.apiKey && { UTABOX_API_KEY: settings.apiKey }),
    ...(settings.apiSecret && { UTABOX_API_SECRET: settings.apiSecret }),
  });
  const life = new Life(child);
  try {
    const ready = await readyLine(child, life, command[0], timeoutMs);
    for (const handle of [child, child.stdin, child.stdout, child.stderr]) {
      handle.unref(); // a test that forgets stop() ends all the same, and the server with it
    }
    const server = new Server(life, token, ready);
    await server.clock.show(); // a seed may have set it
    return server;
  } catch (error) {
    await life.end();
    throw error;
  }
}

/** An exchange of its own: accounts, keys, prices, clock, faults and request log. */
export class Venue {
  constructor({ url, server, path, name, token, key, secret, seeded, life }) {
    this.url = url;
    this.name = name;
    /** The key that it began with; null where its secret was chosen by a seed's author. */
    this.demo = key && secret ? { key, secret } : null;
    /** What its seed made: name, uid, key and, unless the seed has it, secret. */
    this.seeded = accountsOf(seeded ?? []);
    this.clock = new Clock(this);
    this.faults = new Faults(this);
    const value = { server, path, token, life, since: 0, clockIsSet: false };
    Object.defineProperty(this, "_", { value }); // so that printing it shows no token
  }

  /** Enter a door of this venue: `path` is what comes after `/-/` (docs/control.md). */
  door(method, path, body) {
    return this.#enter(this._.path, method, path, body);
  }

  /** Make an account with `funds` and a key; what else is given is for POST /-/accounts. */
  async account({ funds = {}, key: keyOptions = {}, kind, ...wanted } = {}) {
    for (const [coin, amount] of Object.entries(funds)) amountOf(coin, amount); // before it is made
    const { uid } = await this.door("POST", "accounts", { ...wanted, kind: kindOf(kind) });
    await this.fund(uid, funds);
    const made = await this.door("POST", "keys", { uid, ...keyOptions });
    return { uid, key: made.apiKey, secret: made.secret ?? keyOptions.secret };
  }

  /** Give money, coin by coin; a negative amount takes it. */
  async fund(uid, funds) {
    for (const [coin, amount] of Object.entries(funds)) {
      await this.door("POST", `accounts/${uid}/fund`, { coin, amount: amountOf(coin, amount) });
    }
  }

  /** Make what a seed says (docs/seeds.md), all or nothing; tells the accounts. */
  async seed(seed) {
    const sown = accountsOf(await this.#ofServer("POST", "seed", { seed }));
    await this.clock.show();
    return sown;
  }

  /** A `new RestClientV5` of bybit-api for an account. It signs with the venue's time, which it
   * learns by a door: the log of requests has the program's own only. */
  client(RestClientV5, identity, more = {}) {
    const following = { syncTimeBeforePrivateRequests: true };
    const client = new RestClientV5(this.options(identity, { ...following, ...more }));
    client.fetchServerTime = async () => (await this.clock.show()).time / 1_000; // s
    return client;
  }

  /** Options of bybit-api's RestClientV5 for an account. Where the clock is not the machine's, the
   * client that has them asks for the time before each signed call. */
  options({ key, secret }, more = {}) {
    const following = this._.clockIsSet ? { syncTimeBeforePrivateRequests: true } : {};
    return { baseUrl: this.url, key, secret, ...following, ...more };
  }

  /** The calls since `reset`, oldest first; a refusal has its `why`. Of more than `limit` calls the
   * newest; a path may end with `*`. */
  async requests(filter = {}) {
    known("requests()", filter, FILTERS);
    route("requests()", filter.method, filter.path);
    const { method, path, refused, uid, requestId, after = this._.since, limit = Infinity } = filter;
    const asked = { refused: refused ? 1 : undefined, uid, request_id: requestId, after, limit: PAGE };
    let found = [], page = [];
    do {
      const given = Object.entries({ ...asked, before: page[0]?.number }).filter(([, value]) => value !== undefined);
      page = await this.door("GET", `requests?${new URLSearchParams(given)}`);
      found = [...page.filter((call) => leads(method, path, call)), ...found];
    } while (page.length === PAGE && found.length < limit);
    return found.slice(-Math.max(1, limit));
  }

  /** Assert that a call was sent, `times` times or at least once; tells those that were. `body` and
   * `params` may leave members out, and have functions as values. */
  async expect(method, path, expected = {}) {
    known("expect()", expected, EXPECTED);
    route("expect()", method, path);
    const { times, body, params, ...answer } = expected;
    const calls = await this.requests();
    const found = calls.filter((call) => (
      leads(method, path, call)
      && has(body, () => parsed(call.body))
      && has(params, () => Object.fromEntries(new URLSearchParams(call.query)))
      && has(answer, () => call)
    ));
    if (times === undefined ? found.length > 0 : found.length === times) return found;
    const { times: _, ...like } = expected;
    const told = Object.keys(like).length > 0 ? ` with ${inWords(like)}` : "";
    const often = times === undefined ? "at least once" : inTimes(times);
    const seen = `expected ${method} ${path}${told} ${often}, seen ${inTimes(found.length)}`;
    throw new AssertionError({ message: `${seen}\n\n${table(calls)}` });
  }

  /** Let it be as it was when it was made. Accounts that were made since are gone. */
  async reset() {
    await this.#ofServer("POST", "reset");
    const [last] = await this.door("GET", "requests?limit=1");
    this._.since = last?.number ?? 0;
    await this.clock.show();
  }

  /** Keep it as it is now, under a name. */
  async snapshot(name) {
    await this.#ofServer("PUT", `snapshots/${encodeURIComponent(name)}`);
  }

  /** Let it be as it was when that snapshot was made. */
  async restore(name) {
    await this.#ofServer("POST", `snapshots/${encodeURIComponent(name)}/restore`);
    await this.clock.show();
  }

  /** Forget it, with all that is in it. */
  async drop() {
    await this.#ofServer("DELETE", "");
  }

  #ofServer(method, rest, body) {
    const path = `venues/${encodeURIComponent(this.name)}`;
    return this.#enter("", method, rest ? `${path}/${rest}` : path, body);
  }

  async #enter(prefix, method, path, body) {
    const { server, token, life } = this._;
    let answer, text;
    try {
      answer = await fetch(`${server}${prefix}/-/${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}` },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      text = await answer.text();
    } catch (cause) {
      const reason = life.ended ?? cause.cause?.message ?? cause.message;
      throw new UtaboxError(`utabox at ${server} does not answer: ${reason}`, { cause });
    }
    const payload = parsed(text);
    if (payload === null) {
      const said = `${method} /-/${path}: HTTP ${answer.status} with no JSON: ${firstWords(text)}`;
      throw new UtaboxError(said, { status: answer.status });
    }
    if (!answer.ok) {
      const { error, why } = payload;
      throw new UtaboxError(`${method} /-/${path}: ${error}`, { status: answer.status, why });
    }
    return payload;
  }
}

/** A running `utabox serve`; it is its default venue, too. */
export class Server extends Venue {
  constructor(life, token, { url, apiKey, apiSecret, accounts }) {
    const identity = { key: apiKey, secret: apiSecret };
    const place = { url, server: url, path: "", name: "default" };
    super({ ...place, token, life, seeded: accounts, ...identity });
  }

  /** The server's process id. */
  get pid() {
    return this._.life.pid;
  }

  /** Make a venue; `options` are for POST /-/venues, such as {seed: {accounts: [...]}}. */
  async venue(name, options = {}) {
    const made = await this.door("POST", "venues", { name: name ?? null, ...options });
    const { server, token, life } = this._;
    const { path } = made.venue;
    const venue = new Venue({
      ...{ server, path, token, life, url: server + path },
      ...{ name: made.venue.name, key: made.apiKey, secret: made.apiSecret },
      seeded: made.accounts,
    });
    await venue.clock.show();
    return venue;
  }

  /** End the server; when it has not ended after `graceMs`, kill it. */
  async stop({ graceMs = 5_000 } = {}) {
    await this._.life.end(graceMs);
  }
}

class Clock {
  #venue;

  constructor(venue) {
    this.#venue = venue;
  }

  /** {time, machineTime, speed, set} */
  show() {
    return this.#seen("GET");
  }

  /** Stop it, now or at a time. */
  freeze(time) {
    return this.#change({ speed: "0", time: milliseconds(time) });
  }

  /** Go ahead by "1h30m" or so many ms; what is due in between happens in its order. */
  step(duration) {
    return this.#change({ stepMs: durationMs(duration) });
  }

  /** Set it to a later time; it goes on as it did. */
  set(time) {
    return this.#change({ time: milliseconds(time) });
  }

  /** Let it run, so many times as fast as the machine's. */
  run(speed = 1) {
    return this.#change({ speed: String(speed) });
  }

  /** Follow the machine's clock again. */
  follow() {
    return this.#seen("DELETE");
  }

  #change(body) {
    return this.#seen("PATCH", body);
  }

  async #seen(method, body) {
    const view = await this.#venue.door(method, "clock", body);
    this.#venue._.clockIsSet = view.set;
    return view;
  }
}

class Faults {
  #venue;

  constructor(venue) {
    this.#venue = venue;
  }

  /** Order a fault: such as {path: "/v5/account/info", retCode: 10016, times: 3}. */
  add(rule) {
    return this.#venue.door("POST", "faults", rule);
  }

  /** All of them, with how often they matched and fired. */
  list() {
    return this.#venue.door("GET", "faults");
  }

  /** Remove one, or all. */
  async clear(id) {
    await this.#venue.door("DELETE", id === undefined ? "faults" : `faults/${id}`);
  }
}

/** Of a child process: whether it lives, what it said at last, how to end it. */
class Life {
  /** How it ended, as a phrase; null while it lives. */
  ended = null;
  #child;
  #stderr = "";

  constructor(child) {
    this.#child = child;
    child.stdin.on("error", () => {}); // it ended before we did
    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.over = new Promise((resolve) => {
      const finish = (reason) => {
        const said = this.#stderr.trim();
        this.ended ??= said ? `${reason}: ${said}` : reason;
        child.stdin.destroy(); // lets its watcher go
        resolve();
      };
      child.on("error", (error) => finish(error.message));
      // What it has left running may hold its output open: that is not waited for.
      child.on("exit", () => {
        const outputs = () => [child.stdout, child.stderr].forEach((output) => output.destroy());
        const timer = setTimeout(outputs, OUTPUT_MS);
        child.once("close", () => clearTimeout(timer));
      });
      child.on("close", (code, signal) => finish(`it ended with ${signal ?? `exit code ${code}`}`));
    });
  }

  get pid() {
    return this.#child.pid;
  }

  async end(graceMs = 0) {
    if (this.ended !== null) return;
    this.#child.ref();
    this.#child.kill(graceMs > 0 ? "SIGTERM" : "SIGKILL");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    await this.over;
    clearTimeout(timer);
  }
}

function flags({ memory, data, port = 0, ...settings }) {
  const given = { memory: memory ?? data === undefined, data, port, json: true, quiet: true };
  return Object.entries({ ...given, ...settings }).flatMap(([name, value]) => {
    if (value === undefined || value === null || NOT_FLAGS.includes(name)) return [];
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (typeof value === "boolean") return [value ? `--${flag}` : `--no-${flag}`];
    return [`--${flag}`, String(value)];
  });
}

// Our end of its stdin closes when this process ends, however it ends: `cat` sees it, and what was
// started in the shell's place gets a SIGTERM. Windows has no such shell: there, only by `stop`.
const WITH_US = 'exec 3<&0; (cat <&3; kill $$) >/dev/null 2>&1 & exec 3<&-; exec "$@" </dev/null';

function launch(command, variables) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("UTABOX_"));
  const options = { env: { ...Object.fromEntries(inherited), ...variables }, stdio: "pipe" };
  return process.platform === "win32"
    ? spawn(command[0], command.slice(1), options)
    : spawn("/bin/sh", ["-c", WITH_US, "utabox", ...command], options);
}

async function readyLine(child, life, bin, timeoutMs) {
  let timer;
  const late = new Promise((_, reject) => {
    const message = `${bin} serve was not ready after ${timeoutMs} ms: give it a longer timeoutMs`;
    timer = setTimeout(() => reject(new UtaboxError(message)), timeoutMs);
  });
  const died = life.over.then(() => {
    // 127 and 126: a shell's, of a program that is not there. Else it has said itself what is wrong.
    const missing = /exit code 12[67]\b|ENOENT|EACCES/.test(life.ended);
    const hint = missing ? " (name the program by `bin` or UTABOX_BIN if it is not on the PATH)" : "";
    throw new UtaboxError(`${bin} serve did not start, ${life.ended}${hint}`);
  });
  died.catch(() => {}); // it may end much later, when nobody waits any more
  const ready = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const told = parsed(line);
      if (told?.event === "ready") resolve(told);
    });
  });
  try {
    return await Promise.race([ready, late, died]);
  } finally {
    clearTimeout(timer);
  }
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null; // not ours
  }
}

function firstWords(text) {
  const words = text.replace(/\s+/g, " ").trim();
  return words.length > 200 ? `${words.slice(0, 200)}...` : words || "nothing";
}

/** Refuse names that nothing has: one that is written wrongly would let a test pass. */
function known(asked, given, names) {
  const other = Object.keys(given).find((name) => !names.includes(name));
  if (other !== undefined) {
    throw new UtaboxError(`${asked} takes no ${other}: it takes ${names.join(", ")}`);
  }
}

/** Refuse a method or a path that no call can have. */
function route(asked, method, path) {
  const example = 'such as "POST" and "/v5/account/set-margin-mode"';
  if (method !== undefined && !METHODS.includes(String(method).toUpperCase())) {
    throw new UtaboxError(`${asked}: there is no method ${method}: give ${example}`);
  }
  if (path !== undefined && !/^[/*][^?]*$/.test(path)) {
    throw new UtaboxError(`${asked}: ${path} is no path, which begins with / and has no query: give ${example}`);
  }
}

function leads(method, path, call) {
  if (method !== undefined && method.toUpperCase() !== call.method) return false;
  if (path === undefined) return true;
  return path.endsWith("*") ? call.path.startsWith(path.slice(0, -1)) : call.path === path;
}

/** Whether what `read` gives has all that is wanted, at any depth. */
function has(wanted, read) {
  const holds = (part, seen) => {
    if (typeof part === "function") return Boolean(part(seen));
    if (part === null || typeof part !== "object") return Object.is(part, seen);
    if (seen === null || typeof seen !== "object" || Array.isArray(part) !== Array.isArray(seen)) {
      return false;
    }
    if (Array.isArray(part) && part.length !== seen.length) return false;
    return Object.entries(part).every(([name, each]) => name in seen && holds(each, seen[name]));
  };
  return wanted === undefined || holds(wanted, read());
}

function inWords(wanted) {
  return JSON.stringify(wanted, (_, value) => (typeof value === "function" ? String(value) : value));
}

function inTimes(count) {
  return ["never", "once", "twice"][count] ?? `${count} times`;
}

function table(calls) {
  if (calls.length === 0) {
    return "no requests: nothing reached this venue; is the client pointed at its `url`?";
  }
  return calls.slice(-50).map(({ number, method, path, query, body, status, retCode, retMsg, why }) => {
    const sent = body || query;
    const answer = retCode === null ? status : `${status}/${retCode} ${retMsg}`;
    const lines = [`#${number} ${method} ${path}  ${answer}`];
    if (sent) lines.push(`      sent: ${sent.slice(0, 200)}`);
    if (why) lines.push(`      why: ${why.rule} ${why.hint}`);
    return lines.join("\n");
  }).join("\n");
}

function kindOf(kind) {
  if (typeof kind !== "string") return kind;
  const found = KINDS[kind.toLowerCase().replaceAll("_", "-")];
  if (found !== undefined) return found;
  const names = Object.keys(KINDS).join(", ");
  throw new UtaboxError(`${JSON.stringify(kind)} is no kind of account: it is one of ${names}`);
}

function durationMs(duration) {
  if (typeof duration === "number") return duration;
  const parts = [...String(duration).matchAll(/(\d+)(ms|[smhdw])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== duration) {
    throw new UtaboxError(`${duration} is no duration: give such as "1h30m" or "90s", or ms`);
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit], 0);
}

function accountsOf(sown) {
  return sown.map(({ apiKey, ...account }) => ({ ...account, key: apiKey }));
}

function milliseconds(time) {
  if (time === undefined) return undefined;
  const found = Number(new Date(time));
  if (Number.isNaN(found)) {
    throw new UtaboxError(`${time} is no time: give ms since 1970, a Date or an ISO 8601 text`);
  }
  return found;
}

const AMOUNT = /^-?\d+(\.\d+)?$/;

/** An amount as the door takes it: a number as it is written in full, without an exponent. */
function amountOf(coin, amount) {
  const text = typeof amount === "number" ? inFull(amount) : String(amount);
  if (AMOUNT.test(text)) return text;
  throw new UtaboxError(`${coin}: ${amount} is no amount: give a text such as "1000.5", or a number`);
}

function inFull(amount) {
  const text = String(amount);
  const [digits, exponent] = text.split("e");
  if (exponent === undefined) return text;
  return Number(exponent) > 0
    ? BigInt(amount).toString()
    : amount.toFixed(Math.min(100, -Number(exponent) + (digits.split(".")[1] ?? "").length));
}
