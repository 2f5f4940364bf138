// Connects to an address that it has from a file, by net, fetch and a look-up of its own.
const net = require('net');

const [address] = process.argv.slice(2);
const lookup = (_, options, answer) => (
  options.all ? answer(null, [{ address, family: 4 }]) : answer(null, address, 4)
);
for (const where of [{ host: address }, { host: 'lookup.example', lookup }]) {
  const socket = net.connect({ ...where, port: 443, timeout: 5000 });
  socket.on('error', () => {}).on('connect', () => socket.destroy());
}
fetch(`http://${address}/`).catch(() => {});
