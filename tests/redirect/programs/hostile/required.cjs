// Is required before a program, and starts another that is told nothing.
const { spawnSync } = require('child_process');

const program = "require('net').connect(443, 'api.bybit.com')"
  + ".on('error', () => {}).on('connect', () => process.exit())";
if (!process.env.STARTED) spawnSync(process.execPath, ['-e', program], { env: { STARTED: '1' } });
