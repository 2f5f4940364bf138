// Makes calls with the REST client of bybit-api, unmodified, one after the other.
// In: {"options": {...}, "calls": [["getAccountInfo"], ["setMarginMode", "REGULAR_MARGIN"], ...]}.
// Out: one {"answer": ...} or {"thrown": ...} for each call.

import { text } from "node:stream/consumers";
import { RestClientV5 } from "bybit-api";

const { options, calls } = JSON.parse(await text(process.stdin));
const client = new RestClientV5(options);

async function outcome([method, ...parameters]) {
  try {
    return { answer: await client[method](...parameters) };
  } catch (error) {
    // What the client throws for an HTTP status has its options in it, and so the secret.
    const { requestOptions, ...thrown } = error;
    return { thrown: error instanceof Error ? { message: error.message } : thrown };
  }
}

const outcomes = [];
for (const call of calls) {
  outcomes.push(await outcome(call));
}
console.log(JSON.stringify(outcomes));
