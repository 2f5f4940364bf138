// Listens with the WebSocket client of bybit-api, unmodified, until its stdin is closed.
// Argument: {"options": {...}, "topics": [...], "category": "linear"}.
// Out: one line of JSON for each event, `[name, event]`.

import { WebsocketClient } from "bybit-api";

const { options, topics, category } = JSON.parse(process.argv[2]);
const silent = { trace() {}, info() {}, error() {} };
const client = new WebsocketClient(options, silent);

for (const name of ["open", "authenticated", "response", "update", "exception", "reconnect"]) {
  client.on(name, ({ wsKey, wsUrl, ws, event, isWSAPIResponse, ...message }) => {
    console.log(JSON.stringify([name, message]));
  });
}
client.subscribeV5(topics, category);
process.stdin.on("end", () => process.exit()).resume();
