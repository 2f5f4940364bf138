// One request: timed by the server's clock, signed here, sent, and all that came of it.

import { parts, sign } from "../shared/sign.js";

const ahead = new Map(); // by base: how far the venue's clock is ahead of this machine's, ms

/** How far the venue's clock is ahead, ms; undefined: nobody asked yet. */
export const aheadOf = (base) => ahead.get(base);

/** The venue's time, ms, asked before every signed call: its clock may stand still, run fast or be put. */
async function timeOf(base) {
  const began = Date.now();
  try {
    const reply = await fetch(`${base}/v5/market/time`, { credentials: "omit", cache: "no-store" });
    const time = Number((await reply.json()).time);
    noted(base, time, began);
    // As it was told, nothing added: at most the way of it too early, never too late.
    if (time) return time;
  } catch {
    // A fault may be set on that call alone: the one that is asked for has its own answer.
  }
  return Date.now() + (ahead.get(base) ?? 0);
}

function noted(base, time, began) {
  const server = Number(time);
  if (server) ahead.set(base, Math.round(server - (began + Date.now()) / 2));
}

/** What would be signed, its time left open. */
export const preview = (account, payload) =>
  parts({ timestamp: "[now, ms]", apiKey: account.apiKey || "(no key)", recvWindow: account.recvWindow, payload });

/** Send; the answer with everything that is worth a look. */
export async function send({ endpoint, account, query, body }) {
  const payload = endpoint.method === "GET" ? query : body;
  const headers = { "X-Utabox-Explain": "1" };
  if (body) headers["Content-Type"] = "application/json";
  let signed = null;
  let signature = "";
  if (endpoint.kind !== "public") {
    const timestamp = await timeOf(account.base);
    signed = parts({ timestamp, apiKey: account.apiKey, recvWindow: account.recvWindow, payload });
    signature = await sign(account.secret, signed.map(([, text]) => text).join(""));
    Object.assign(headers, {
      "X-BAPI-API-KEY": account.apiKey,
      "X-BAPI-TIMESTAMP": String(timestamp),
      "X-BAPI-RECV-WINDOW": account.recvWindow,
      "X-BAPI-SIGN": signature,
      "X-BAPI-SIGN-TYPE": "2",
    });
  }
  const target = `${account.base}${endpoint.path}${query ? `?${query}` : ""}`;
  const began = Date.now();
  const from = performance.now();
  const reply = await fetch(target, {
    method: endpoint.method, headers, credentials: "omit", cache: "no-store", redirect: "error",
    body: body || undefined,
  });
  const text = await reply.text();
  const took = performance.now() - from;
  if (endpoint.kind !== "public") noted(account.base, reply.headers.get("Timenow"), began);
  return {
    sent: { method: endpoint.method, target, headers, body, signed, signature },
    status: reply.status, took, text, headers: [...reply.headers], json: exact(text),
    limit: limitOf(reply.headers), why: whyOf(reply.headers),
  };
}

/** JSON with its numbers as they stand there: a float would round large ones. */
export class Exact {
  constructor(source) {
    this.source = source;
  }
}

function exact(text) {
  try {
    return JSON.parse(text, (_, value, context) =>
      typeof value === "number" ? new Exact(context?.source ?? String(value)) : value);
  } catch {
    return undefined;
  }
}

function limitOf(headers) {
  const [all, left, reset] = ["", "-Status", "-Reset-Timestamp"].map((name) => headers.get(`X-Bapi-Limit${name}`));
  return all === null ? null : { all: Number(all), left: Number(left), reset: Number(reset) };
}

function whyOf(headers) {
  try {
    return JSON.parse(headers.get("X-Utabox-Why"));
  } catch {
    return null;
  }
}
