// What the page knows of the venue that it shows, and who is told when that changes.

import { Doors, session } from "./api.js";

export const CALLS_MAX = 100000;
const WHOLE_MAX = 5000; // of the newest calls everything is kept, of older ones what the list shows
const CAUGHT_UP = 500;
const AGAIN_MS = 1000;

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
    this.calls = []; // oldest first
    this.missed = 0;
    this.lastNumber = 0;
    this.source = null;
    this.toldAt = performance.now();
    this.accounts = [];
    this.accountsSeq = -1;
  }

  /** The venue's time now, ms. */
  now() {
    return this.time + (performance.now() - this.toldAt) * this.speed;
  }

  open() {
    const source = new EventSource(`${this.doors.base}/-/events`);
    this.source = source;
    source.addEventListener("open", () => this.#catchUp());
    source.addEventListener("error", () => {
      this.#set("live", false);
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.source === source && this.#again(), AGAIN_MS);
    });
    source.addEventListener("state", (event) => this.#state(JSON.parse(event.data)));
    source.addEventListener("calls", (event) => this.deliver(JSON.parse(event.data)));
    source.addEventListener("missed", (event) => {
      this.missed += JSON.parse(event.data).calls;
      this.#tell("calls");
    });
    source.addEventListener("dropped", () => { this.close(); this.#tell("dropped"); });
  }

  close() {
    this.source?.close();
    this.source = null;
    this.#set("live", false);
  }

  async #catchUp() {
    this.#set("live", true);
    const after = this.lastNumber;
    try {
      this.deliver(await this.doors.get(`requests?after=${after}&limit=${CAUGHT_UP}`));
    } catch {
      this.#set("live", false);
    }
  }

  /** The server refused the events: the session has ended, the venue is none, or too many watch. */
  async #again() {
    try {
      if (!await session.known()) return this.#tell("out");
      await this.doors.get("clock");
    } catch (error) {
      if (error.status === 404) return this.#tell("missing");
    }
    this.open();
  }

  #state(told) {
    const moved = told.seq !== this.seq;
    Object.assign(this, { seq: told.seq, time: told.time, speed: told.speed, isSet: told.set });
    this.toldAt = performance.now();
    if (moved) this.#tell("moved");
    this.#tell("clock");
  }

  /** Take in some calls, in any order; those that are known already are left out. */
  deliver(entries) {
    const fresh = entries.filter((entry) => entry.number > this.lastNumber);
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
      this.accounts = await this.doors.get("accounts?limit=1000");
      this.accountsSeq = seq;
    }
    return this.accounts;
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

function slim(entry) {
  if (entry.slim) return;
  entry.slim = true;
  entry.headers = {};
  entry.body = "";
  entry.why = entry.why && { ...entry.why, details: {}, rule: "", expected: "", hint: "" };
}

/** Why a call was refused, in one word or number. */
export function causeOf(entry) {
  if (entry.retCode === 0) return entry.why ? "fault" : "";
  return entry.retCode === null ? `HTTP ${entry.status}` : String(entry.retCode);
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
