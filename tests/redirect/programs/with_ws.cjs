// ws; the status with which the handshake was answered on stdout.
const [host, path] = process.argv.slice(2);
const WebSocket = require('ws');
new WebSocket(`wss://${host}${path}`)
  .on('unexpected-response', (_, answer) => console.log(answer.statusCode) ?? process.exit());
