// Asks a name server by c-ares, and connects to what that says.
const { Resolver } = require('dns').promises;
const net = require('net');

const resolver = new Resolver({ timeout: 1000, tries: 1 });
for (const host of ['api.bybit.com', 'www.bybit.com']) {
  resolver.resolve4(host)
    .then(([address]) => net.connect(443, address).on('error', () => {}).on('connect', process.exit))
    .catch(() => {});
}
