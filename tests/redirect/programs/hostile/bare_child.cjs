// Starts a Node, and a thread, that are told nothing of where they are.
const { spawnSync } = require('child_process');
const { Worker } = require('worker_threads');

const [address] = process.argv.slice(2);
const program = (host) => `require('net').connect(443, '${host}')`
  + ".on('error', () => {}).on('connect', () => process.exit())";
for (const host of [address, 'api.bybit.com']) {
  spawnSync(process.execPath, ['-e', program(host)], { env: {} });
  new Worker(program(host), { eval: true, env: {}, execArgv: [] });
}
