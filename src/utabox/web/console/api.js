// The doors, the session, and the exchange's API signed by a key of the console's own.

import { sign } from "../shared/sign.js";
import { quoted } from "./format.js";

export class Refused extends Error {
  constructor(status, message, why) {
    super(message);
    this.status = status;
    this.why = why;
  }
}

/** What all pages of this server in this browser are told: "in" and "out". */
export const pages = new BroadcastChannel("utabox");

let onLoggedOut = () => {};
export const whenLoggedOut = (told) => { onLoggedOut = told; };

const HEADERS = { "X-Utabox-Console": "1" };

async function send(method, path, body) {
  let reply;
  try {
    reply = await fetch(path, {
      method, cache: "no-store", credentials: "same-origin",
      headers: body === undefined ? HEADERS : { ...HEADERS, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, "The server does not answer: is it still running?", null);
  }
  const payload = await reply.json().catch(() => ({}));
  if (reply.ok) return payload;
  if (reply.status === 401 && path !== "/-/session") onLoggedOut();
  throw new Refused(reply.status, payload.error ?? `HTTP ${reply.status}`, payload.why ?? null);
}

export const session = {
  known: async () => (await send("GET", "/-/session")).in,
  enter: (text) => send("POST", "/-/session", { code: text, token: text }), // it may be either
  leave: () => send("DELETE", "/-/session"),
};

/** What a venue's base URL has behind the server's. */
export const pathOf = (venue) => (venue === "default" ? "" : `/venues/${encodeURIComponent(venue)}`);

/** The doors of one venue. */
export class Doors {
  constructor(venue) {
    this.venue = venue;
    this.base = pathOf(venue);
  }

  call(method, path, body) {
    return send(method, `${this.base}/-/${path}`, body);
  }

  get(path) {
    return this.call("GET", path);
  }
}

export const at = (...parts) => parts.map((part) => encodeURIComponent(String(part))).join("/");

/** A door's call as a line for the shell. The token stays a variable. */
export function curlOf(venue, { method, path, body }) {
  const parts = ["curl"];
  if (method !== "GET") parts.push("-X", method);
  parts.push('-H "Authorization: Bearer $UTABOX_TOKEN"');
  if (body !== undefined) parts.push("\\\n  -d", quoted(JSON.stringify(body)));
  parts.push(`${body !== undefined ? "\\\n  " : ""}${quoted(`${location.origin}${pathOf(venue)}/-/${path}`)}`);
  return parts.join(" ");
}

/** `utabox ...` with the server and the venue that this page shows. */
export function cliOf(venue, words, { ofServer = false } = {}) {
  const parts = ["utabox", ...words.map(quoted)];
  if (!ofServer && venue !== "default") parts.push("--venue", quoted(venue));
  if (location.origin !== "http://127.0.0.1:8505") parts.push("--url", location.origin);
  return parts.join(" ");
}

// --- the exchange's own API -------------------------------------------------------------------

const KEY_MS = 3600000;
const keys = new Map(); // venue and uid -> a key that this page made, for an hour

async function keyFor(doors, uid, now) {
  const name = `${doors.venue} ${uid}`;
  const known = keys.get(name);
  if (known && known.ends > now + 60000) return known;
  const ends = now + KEY_MS;
  const made = await doors.call("POST", "keys", { uid, note: "console", expiresAt: ends });
  keys.set(name, { apiKey: made.apiKey, secret: made.secret, ends });
  return keys.get(name);
}

/** Call the exchange's API as an account; its whole answer. */
export async function callAs(doors, uid, path, body) {
  const told = await (await fetch(`${doors.base}/v5/market/time`, { cache: "no-store" })).json();
  const now = Number(told.time ?? Number(told.result.timeSecond) * 1000);
  const known = keys.has(`${doors.venue} ${uid}`);
  const key = await keyFor(doors, uid, now);
  const text = JSON.stringify(body);
  const signed = await sign(key.secret, `${now}${key.apiKey}5000${text}`);
  const reply = await fetch(`${doors.base}${path}`, {
    method: "POST", body: text, cache: "no-store",
    headers: { "Content-Type": "application/json", "X-BAPI-API-KEY": key.apiKey, "X-BAPI-SIGN": signed,
               "X-BAPI-TIMESTAMP": String(now), "X-BAPI-RECV-WINDOW": "5000" },
  });
  const answer = { status: reply.status, ...(await reply.json().catch(() => ({}))) };
  if ([10003, 33004].includes(answer.retCode)) { // it is gone: the venue was put back, or somebody deleted it
    keys.delete(`${doors.venue} ${uid}`);
    if (known) return callAs(doors, uid, path, body);
  }
  return answer;
}

/** The same call as lines for the shell, with a key of the account in two variables. */
export function signedCurlOf(venue, path, body) {
  const base = `${location.origin}${pathOf(venue)}`;
  return [
    `BODY=${quoted(JSON.stringify(body))}`,
    `NOW=$(curl -s ${quoted(`${base}/v5/market/time`)} | sed 's/.*"time": *\\([0-9]*\\).*/\\1/')`,
    'SIGN=$(printf %s "$NOW$UTABOX_API_KEY"5000"$BODY" | openssl dgst -sha256 -hmac "$UTABOX_API_SECRET" | sed \'s/.* //\')',
    'curl -H "X-BAPI-API-KEY: $UTABOX_API_KEY" -H "X-BAPI-SIGN: $SIGN" -H "X-BAPI-TIMESTAMP: $NOW" \\',
    `  -H "X-BAPI-RECV-WINDOW: 5000" -H "Content-Type: application/json" -d "$BODY" ${quoted(base + path)}`,
  ].join("\n");
}

/** Forget them: the session that could delete them is over. */
export const forgetKeys = () => keys.clear();

/** Forget the keys that this page made, here and there. */
export async function dropKeys() {
  const known = [...keys];
  keys.clear();
  for (const [name, key] of known) {
    const doors = new Doors(name.split(" ")[0]);
    await doors.call("DELETE", at("keys", key.apiKey)).catch(() => {});
  }
}
