// Processes and threads that this one starts, in several ways: each asks by itself.
const [host, path] = process.argv.slice(2);
const { spawnSync, execFile, fork } = require('child_process');
const { Worker } = require('worker_threads');

const program = (way) => `fetch('https://${host}${path}?way=${way}').then((r) => r.text())`;
const ended = (child) => new Promise((done) => child.on('exit', done));

(async () => {
  if (process.send) return void await fetch(`https://${host}${path}?way=fork`);
  await ended(fork(__filename, [host, path], { env: {} }));
  spawnSync(process.execPath, ['-e', program('sync')], { env: {} });
  await ended(execFile(process.execPath, ['-e', program('async')], { env: {} }));
  await ended(new Worker(program('thread'), { eval: true }));
  await ended(new Worker(program('bare-thread'), { eval: true, env: {}, execArgv: [] }));
})();
