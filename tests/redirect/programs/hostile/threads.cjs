// Starts threads with options of their own, after it has changed its environment.
const { Worker, SHARE_ENV } = require('worker_threads');

const program = "require('net').connect(443, 'api.bybit.com')"
  + ".on('error', () => {}).on('connect', () => process.exit())";
for (const options of [{}, { env: SHARE_ENV }, { env: { NODE_OPTIONS: '' } }]) {
  process.env.NODE_OPTIONS = '--no-warnings';
  new Worker(program, { eval: true, execArgv: [], ...options });
}
