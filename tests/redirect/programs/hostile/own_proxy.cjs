// Asks a proxy of its own on this machine for the exchange, in each form that a proxy takes.
const net = require('net');
const tls = require('tls');
const axios = require('axios');

const [host, port] = ['127.0.0.9', 7890];
const name = 'api.bybit.com';
const url = `https://${name}/v5/market/time`;
const socks = Buffer.concat([Buffer.from([5, 1, 0, 3, name.length]), Buffer.from(`${name}\u0001\u00bb`, 'latin1')]);

const quiet = (socket) => socket.on('error', () => {});
const say = (...parts) => {
  const socket = quiet(net.connect(port, host));
  for (const part of parts) socket.write(part);
  socket.end();
};

say(`CONNECT ${name}:443 HTTP/1.1\r\n\r\n`);
say('POST http://a.example/ HTTP/1.1\r\n\r\n', 'x=y', 'GET https://api.bybit.com/ ');
say(Buffer.from([5, 1, 0]), socks);
say(Buffer.from('\u0004\u0001\u0001\u00bb\0\0\0\u0001u\0api.bybit.com\0', 'latin1'));
axios.get(url, { proxy: { host, port }, timeout: 5000 }).catch(() => {});
quiet(tls.connect({ host, port, servername: name }));
quiet(tls.connect({ socket: quiet(net.connect(port, host)), servername: name }));
