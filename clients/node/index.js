// Starts `utabox serve` for tests, and enters its doors. No dependencies; types in index.d.ts.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";

const STDERR_KEPT = 4_000; // characters
const OUTPUT_MS = 200; // for what an ended process wrote at last
const NOT_FLAGS = ["apiKey", "apiSecret", "token"]; // they would stand in the process list

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
    return new Server(life, token, ready);
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
    const value = { server, path, token, life, since: 0 };
    Object.defineProperty(this, "_", { value }); // so that printing it shows no token
  }

  /** Enter a door of this venue: `path` is what comes after `/-/` (docs/control.md). */
  door(method, path, body) {
    return this.#enter(this._.path, method, path, body);
  }

  /** Make an account with `funds` and a key; what else is given is for POST /-/accounts. */
  async account({ funds = {}, key: keyOptions = {}, ...wanted } = {}) {
    for (const [coin, amount] of Object.entries(funds)) amountOf(coin, amount); // before it is made
    const { uid } = await this.door("POST", "accounts", wanted);
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
    return accountsOf(await this.#ofServer("POST", "seed", { seed }));
  }

  /** Options of bybit-api's RestClientV5 for an account. */
  options({ key, secret }, more = {}) {
    return { baseUrl: this.url, key, secret, ...more };
  }

  /** The calls since `reset`, oldest first; a refusal has its `why`. */
  requests({ refused, uid, requestId, after = this._.since, limit } = {}) {
    const asked = { refused: refused ? 1 : undefined, uid, request_id: requestId, after, limit };
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    return this.door("GET", `requests?${new URLSearchParams(given)}`);
  }

  /** Let it be as it was when it was made. Accounts that were made since are gone. */
  async reset() {
    await this.#ofServer("POST", "reset");
    const [last] = await this.requests({ after: 0, limit: 1 });
    this._.since = last?.number ?? 0;
  }

  /** Keep it as it is now, under a name. */
  async snapshot(name) {
    await this.#ofServer("PUT", `snapshots/${encodeURIComponent(name)}`);
  }

  /** Let it be as it was when that snapshot was made. */
  async restore(name) {
    await this.#ofServer("POST", `snapshots/${encodeURIComponent(name)}/restore`);
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
    const payload = JSON.parse(text);
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
    return new Venue({
      ...{ server, path, token, life, url: server + path },
      ...{ name: made.venue.name, key: made.apiKey, secret: made.apiSecret },
      seeded: made.accounts,
    });
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
    return this.#venue.door("GET", "clock");
  }

  /** Stop it, now or at a time. */
  freeze(time) {
    return this.#change({ speed: "0", time: milliseconds(time) });
  }

  /** Go ahead by so many ms; what is due in between happens in its order. */
  step(stepMs) {
    return this.#change({ stepMs });
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
    return this.#venue.door("DELETE", "clock");
  }

  #change(body) {
    return this.#venue.door("PATCH", "clock", body);
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
