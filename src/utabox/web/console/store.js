// What the page knows of the venue that it shows, and who is told when that changes.

import { Doors, session } from "./api.js";

export const CALLS_MAX = 100000;
export const ACCOUNTS_MAX = 1000;
const WHOLE_MAX = 5000; // of the newest calls everything is kept, of older ones what the list shows
const CAUGHT_UP = 500;
const CAUGHT_UP_MAX = 5000;
const AGAIN_MS = 1000;
const STREAMS = 4; // of all tabs together: a browser opens six connections to a host, and calls need some
const PATIENCE_MS = 300;

export class Venue extends EventTarget {
  constructor(name) {
    super();
    this.name = name;
    this.doors = new Doors(name);
    this.seq = 0;
    this.time = 0;
    this.speed = 1;
    this.isSet = false;
    this.live = false;
    this.waiting = false; // for another tab to let go of its stream
    this.since = 0; // calls up to this number are of another past: before a restore
    this.held = null; // what comes while older calls are asked for
    this.leaving = null;
    this.calls = []; // oldest first
    this.missed = 0;
    this.lastNumber = 0;
    this.source = null;
    this.toldAt = performance.now();
    this.accounts = [];
    this.accountsSeq = -1;
    this.turn = () => (document.hidden ? this.#rest() : this.#listen());
  }

  /** The venue's time now, ms. */
  now() {
    return this.time + (performance.now() - this.toldAt) * this.speed;
  }

  /** Listen for as long as somebody looks: a tab out of sight lets go, and catches up later. */
  open() {
    document.addEventListener("visibilitychange", this.turn);
    this.turn();
  }

  close() {
    document.removeEventListener("visibilitychange", this.turn);
    this.#rest();
  }

  #rest() {
    this.leaving?.abort();
    this.leaving = null;
    this.source?.close();
    this.source = null;
    this.#set("waiting", false);
    this.#set("live", false);
  }

  async #listen() {
    if (this.leaving) return;
    const leaving = new AbortController();
    this.leaving = leaving;
    const late = setTimeout(() => this.#set("waiting", true), PATIENCE_MS);
    leaving.signal.addEventListener("abort", () => clearTimeout(late));
    await place(leaving.signal);
    clearTimeout(late);
    if (leaving.signal.aborted) return;
    this.#set("waiting", false);
    this.#connect();
  }

  #connect() {
    const source = new EventSource(`${this.doors.base}/-/events`);
    this.source = source;
    source.addEventListener("open", () => this.#catchUp(source));
    source.addEventListener("error", () => {
      this.#set("live", false);
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.source === source && this.#again(), AGAIN_MS);
    });
    source.addEventListener("state", (event) => this.#state(JSON.parse(event.data)));
    source.addEventListener("calls", (event) => {
      const some = JSON.parse(event.data);
      if (this.held) this.held.push(...some);
      else this.deliver(some);
    });
    source.addEventListener("missed", (event) => {
      this.missed += JSON.parse(event.data).calls;
      this.#tell("calls");
    });
    source.addEventListener("dropped", () => { this.close(); this.#tell("dropped"); });
    source.addEventListener("out", () => { source.close(); this.#again(); });
  }

  /** Ask for what came since this page last heard of something: at first for the newest only. */
  async #catchUp(source) {
    this.#set("live", true);
    this.held = [];
    const after = this.lastNumber;
    let found = [];
    try {
      do {
        const before = found.length ? `&before=${found[0].number}` : "";
        const some = await this.doors.get(`requests?after=${after}${before}&limit=${CAUGHT_UP}`);
        if (!some.length) break;
        found = some.concat(found);
      } while (after && found[0].number > after + 1 && found.length < CAUGHT_UP_MAX);
    } catch {
      if (this.source === source) this.#set("live", false);
    }
    if (after && found.length) this.missed += Math.max(0, found[0].number - Math.max(after, this.since) - 1);
    const held = this.held ?? [];
    this.held = null;
    this.deliver(found);
    this.deliver(held);
  }

  /** The server refused the events: the session has ended, the venue is none, or too many watch. */
  async #again() {
    try {
      if (!await session.known()) return this.#tell("out");
      await this.doors.get("clock");
    } catch (error) {
      if (error.status === 404) return this.#tell("missing");
    }
    if (this.leaving && !document.hidden) this.#connect();
  }

  #state(told) {
    if (told.since > this.since) this.#cut(told.since);
    const moved = told.seq !== this.seq;
    Object.assign(this, { seq: told.seq, time: told.time, speed: told.speed, isSet: told.set });
    this.toldAt = performance.now();
    if (moved) this.#tell("moved");
    this.#tell("clock");
  }

  /** The venue was put back: calls up to this one are of a past that it never had. */
  #cut(since) {
    this.since = since;
    const before = this.calls.length;
    this.calls = this.calls.filter((entry) => entry.number > since);
    this.missed = 0;
    this.accountsSeq = -1;
    this.#tell("cut", before - this.calls.length);
  }

  /** Take in some calls, in any order; those that are known already are left out. */
  deliver(entries) {
    const fresh = entries.filter((entry) => entry.number > Math.max(this.lastNumber, this.since));
    if (!fresh.length) return;
    fresh.sort((a, b) => a.number - b.number);
    this.lastNumber = fresh[fresh.length - 1].number;
    for (const entry of fresh) this.calls.push(entry);
    if (this.calls.length > CALLS_MAX) this.calls.splice(0, this.calls.length - CALLS_MAX);
    const old = this.calls.length - WHOLE_MAX;
    for (let i = Math.max(0, old - fresh.length); i < old; i++) slim(this.calls[i]);
    this.#tell("calls", fresh);
  }

  /** Ask for calls before those that are known; whether there were any. */
  async older() {
    const first = this.calls[0]?.number ?? 0;
    if (this.asking || this.forgotten || first < 2 || this.calls.length >= CALLS_MAX) return false;
    this.asking = true;
    try {
      const some = await this.doors.get(`requests?before=${first}&limit=${CAUGHT_UP}`);
      this.forgotten = !some.length;
      this.calls.unshift(...some);
      return some.length > 0;
    } catch {
      this.forgotten = true;
      return false;
    } finally {
      this.asking = false;
    }
  }

  /** The accounts, asked for again when something has happened since. */
  async listed() {
    if (this.accountsSeq !== this.seq) {
      const seq = this.seq;
      this.accounts = await this.doors.get(`accounts?limit=${ACCOUNTS_MAX}`);
      this.accountsSeq = seq;
    }
    return this.accounts;
  }

  /** Whether there may be more accounts than are listed. */
  get accountsCut() {
    return this.accounts.length >= ACCOUNTS_MAX;
  }

  #set(name, value) {
    if (this[name] === value) return;
    this[name] = value;
    this.#tell(name);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Wait until this tab may have a stream; it has it until the signal says that it is over. */
function place(signal) {
  if (!navigator.locks) return Promise.resolve();
  return new Promise((given) => {
    const others = new AbortController();
    let taken = false;
    signal.addEventListener("abort", () => others.abort());
    const hold = () => {
      if (taken || signal.aborted) return undefined;
      taken = true;
      others.abort();
      given();
      return new Promise((over) => signal.addEventListener("abort", over));
    };
    for (let i = 0; i < STREAMS; i++) navigator.locks.request(`utabox stream ${i}`, { signal: others.signal }, hold).catch(() => {});
  });
}

function slim(entry) {
  if (entry.slim) return;
  entry.slim = true;
  entry.headers = {};
  entry.body = "";
  entry.why = entry.why && { ...entry.why, details: {}, rule: "", expected: "", hint: "" };
}

/** Why a call was refused, in one word or number. */
export function causeOf(entry) {
  if (entry.retCode === 0) return entry.why ? (onStream(entry) ? "silent" : "fault") : "";
  if (entry.retCode !== null) return String(entry.retCode);
  return onStream(entry) ? "refused" : `HTTP ${entry.status}`;
}

/** Whether it was said on a stream, which has no codes of HTTP. */
export const onStream = (entry) => entry.method === "WS";

/** What a client of a stream asked for; empty: it is no call of a stream, or not kept. */
export function opOf(entry) {
  const [, op] = (onStream(entry) && /"op"\s*:\s*"([a-z.-]{1,32})"/.exec(entry.body)) || [];
  return op ?? "";
}

export const refused = (entry) => entry.retCode !== 0 || entry.why !== null;

/** Call `act` soon, and not more often than every `ms`. */
export function throttled(act, ms) {
  let timer = 0;
  let last = -ms;
  const run = () => { timer = 0; last = performance.now(); act(); };
  const soon = () => { if (!timer) timer = setTimeout(run, Math.max(0, last + ms - performance.now())); };
  soon.stop = () => clearTimeout(timer);
  return soon;
}
