// The same call by curl, pybit, bybit-api and ccxt: whole programs, to paste and to run.

import { isRsa, pkcs8Pem } from "../shared/sign.js";

export const CLIENTS = [
  ["curl", "curl"], ["pybit", "pybit"], ["bybit-api", "bybit-api"], ["ccxt", "ccxt"],
];

/**
 * The program; `values` are the parameters, `query` and `body` as they are sent. An id that is
 * good for one call, `fresh`, the program makes itself: it can be run again.
 */
export function program(client, call) {
  const url = location.origin + call.account.base;
  const text = { curl, pybit, "bybit-api": node, ccxt }[client]({ ...call, url }).trimStart();
  return call.fresh ? MAKERS[client](text, call.fresh) : text;
}

// Characters of a GET's values that a client signs as they are and sends otherwise.
const PYTHONS = /[^A-Za-z0-9._~,:/@!$'()*;=?-]/;
const MISSPELT = { pybit: PYTHONS, ccxt: PYTHONS, "bybit-api": /'/ };

/** Whether a client may sign another text than it sends. */
export function misspelt(client, { endpoint, values }) {
  if (endpoint.kind === "public" || endpoint.method !== "GET") return false;
  return Object.values(values).some((value) => MISSPELT[client]?.test(String(value)));
}

const PYTHON_ID = (text, id) => text.replace(`"${id}"`, "str(uuid.uuid4())").replace(/^(from|import) /m, "import uuid\n\n$1 ");
const MAKERS = {
  curl: (text, id) => text.replace(id, `'"$id"'`).replace(/^body=/m,
    () => `id=$(openssl rand -hex 16 | sed -E 's/(.{8})(.{4})(.{4})(.{4})/\\1-\\2-\\3-\\4-/')\nbody=`),
  pybit: PYTHON_ID,
  "bybit-api": (text, id) => text.replace(`"${id}"`, "randomUUID()")
    .replace(/^import /m, 'import { randomUUID } from "node:crypto";\nimport '),
  ccxt: PYTHON_ID,
};

const quoted = (text) => `'${text.replace(/'/g, `'\\''`)}'`;
const literal = (text) => JSON.stringify(text);

function curl({ endpoint, account, url, query, body }) {
  const post = endpoint.method === "POST";
  const payload = post ? "body" : "query";
  const head = [`url=${quoted(url)}`];
  const given = post ? `\nbody=${quoted(body)}` : query ? `\nquery=${quoted(query)}` : "";
  const target = `"$url${endpoint.path}${!post && query ? "?$query" : ""}"`;
  if (endpoint.kind === "public") return `${head.join("\n")}${given}\n\ncurl ${target}\n`;
  const { apiKey, secret, recvWindow } = account;
  const text = `"$now$key"${quoted(recvWindow)}${given ? `"$${payload}"` : ""}`;
  const sign = isRsa(secret)
    ? `printf %s ${text} | openssl dgst -sha256 -sign <(printf '%s\\n' "$secret") | base64 | tr -d '\\n'`
    : `printf %s ${text} | openssl dgst -sha256 -hmac "$secret" | sed 's/.* //'`;
  return `
${isRsa(secret) ? "# in bash\n" : ""}${head.join("\n")}
key=${quoted(apiKey)}
secret=${quoted(secret)}${given}

now="$(date +%s)000"
sign=$(${sign})
curl ${post ? "-X POST " : ""}${target} \\
  -H "X-BAPI-API-KEY: $key" -H "X-BAPI-TIMESTAMP: $now" \\
  -H ${quoted(`X-BAPI-RECV-WINDOW: ${recvWindow}`)} -H "X-BAPI-SIGN: $sign"${post ? ` \\
  -H 'Content-Type: application/json' --data-raw "$body"` : ""}
`;
}

/** A value as Python writes it. */
function python(value) {
  if (value === true) return "True";
  if (value === false) return "False";
  if (value === null) return "None";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value).map(([k, v]) => `${literal(k)}: ${python(v)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}

function pybit({ endpoint, account, url, values }) {
  const isPublic = endpoint.kind === "public";
  const keys = isPublic ? "" : `
    api_key=${literal(account.apiKey)},
    api_secret=${literal(account.secret)},${isRsa(account.secret) ? "\n    rsa_authentication=True," : ""}
    recv_window=${Number(account.recvWindow) || 5000},
`;
  const name = endpoint.client.pybit;
  const given = Object.entries(values).map(([k, v]) => `${k}=${python(v)}`).join(", ");
  const call = name ? `session.${name}(${given})`
    : `session._submit_request(  # it has no name for this endpoint
    method=${literal(endpoint.method)},
    path=session.endpoint + ${literal(endpoint.path)},
    query=${python(values)},
    auth=${isPublic ? "False" : "True"},
)`;
  return `
# pip install pybit
from pybit.unified_trading import HTTP

session = HTTP(${keys})
session.endpoint = ${literal(url)}  # after the constructor, which takes no URL
answer = ${call}
print(answer)
`;
}

function node({ endpoint, account, url, values }) {
  const isPublic = endpoint.kind === "public";
  const keys = isPublic ? "" : `
  key: ${literal(account.apiKey)},
  secret: ${literal(readable(account.secret))},
  recv_window: ${Number(account.recvWindow) || 5000},`;
  const { "bybit-api": name, positional } = endpoint.client;
  const given = Object.keys(values).length ? JSON.stringify(values) : "";
  const path = literal(endpoint.path);
  const verb = endpoint.method.toLowerCase() + (isPublic ? "" : "Private");
  const call = !name ? `client.${verb}(${path}${given ? `, ${given}` : ""})`
    : `client.${name}(${positional ? ordered(positional, values) : given})`;
  return `
// npm install bybit-api, then: node call.mjs
import { RestClientV5 } from "bybit-api";

const client = new RestClientV5({${keys}
  baseUrl: ${literal(url)},
});
const answer = await ${call};
console.log(JSON.stringify(answer, null, 2));
`;
}

// Node's WebCrypto, which the client signs with, reads PKCS#8 only.
function readable(secret) {
  try {
    return pkcs8Pem(secret);
  } catch {
    return secret; // damaged: RUN says how
  }
}

function ordered(names, values) {
  const given = names.map((name) => JSON.stringify(values[name]) ?? "undefined");
  while (given.at(-1) === "undefined") given.pop();
  return given.join(", ");
}

function ccxt({ endpoint, account, url, values }) {
  const isPublic = endpoint.kind === "public";
  const given = Object.keys(values).length ? python(values) : "";
  const { ccxt: name } = endpoint.client;
  const room = isPublic ? "public" : "private";
  const call = name ? `exchange.${name}(${given})`
    : `exchange.request(  # it has no name for this endpoint
    ${literal(endpoint.path.slice(1))}, ${literal(room)}, ${literal(endpoint.method)}, ${given || "{}"}
)`;
  const keys = isPublic ? "" : `
        "apiKey": ${literal(account.apiKey)},
        "secret": ${literal(account.secret)},`;
  return `
# pip install ccxt
import ccxt

url = ${literal(url)}
here = {"public": url, "private": url}
exchange = ccxt.bybit(
    {${keys}
        "urls": {"api": here},
        "options": {"recvWindow": ${Number(account.recvWindow) || 5000}},
    }
)
answer = ${call}
print(answer)
`;
}
