// Starts Nodes after it has changed its own environment, in ways that inherit it.
const { execFileSync, execSync, spawnSync } = require('child_process');

process.env.NODE_OPTIONS = '--no-warnings';
const program = "require('net').connect(443, 'api.bybit.com')"
  + ".on('error', () => {}).on('connect', () => process.exit())";
spawnSync(process.execPath, ['-e', program], undefined);
execFileSync(process.execPath, ['-e', program], undefined);
execSync(`'${process.execPath}' -e "${program}"`, undefined);
