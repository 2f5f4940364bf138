// ws; what comes on a stream, or the status that refuses it, on stdout.
const { createHmac, randomBytes } = require('crypto');
const https = require('https');
const [host, path] = process.argv.slice(2);
const WebSocket = require('ws');

const key = randomBytes(9).toString('hex');
const sign = (text) => createHmac('sha256', 'x'.repeat(36)).update(text).digest('hex');
const expires = Date.now() + 5000;
const said = [
  { op: 'auth', args: [key, expires, sign(`GET/realtime${expires}`)] },
  { op: 'ping' },
  { op: 'subscribe', args: ['wallet'] },
];

// Another margin mode: a message on the topic wallet says what it does to the totals.
function change() {
  const [now, body] = [String(Date.now()), '{"setMarginMode": "ISOLATED_MARGIN"}'];
  const headers = {
    'X-BAPI-API-KEY': key,
    'X-BAPI-TIMESTAMP': now,
    'X-BAPI-RECV-WINDOW': '5000',
    'X-BAPI-SIGN': sign(`${now}${key}5000${body}`),
    'Content-Type': 'application/json',
  };
  const url = `https://${host.replace('stream', 'api')}/v5/account/set-margin-mode`;
  https.request(url, { method: 'POST', headers }, (answer) => answer.resume()).end(body);
}

const socket = new WebSocket(`wss://${host}${path}`)
  .on('unexpected-response', (_, answer) => console.log(answer.statusCode) ?? process.exit())
  .on('open', () => socket.send(JSON.stringify(said.shift())))
  .on('message', (message) => {
    console.log(String(message));
    if (said.length) socket.send(JSON.stringify(said.shift()));
    else if (JSON.parse(message).topic) socket.close();
    else change();
  });
