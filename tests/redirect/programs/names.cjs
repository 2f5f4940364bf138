// Connects to hosts (a JSON list of pairs with ports) and says what came of each, as JSON.
const net = require('net');

const attempt = ([host, port]) => new Promise((done) => {
  const socket = net.connect({ host, port, autoSelectFamily: false, timeout: 1000 });
  const end = (outcome) => done(outcome) ?? socket.destroy();
  socket.on('connect', () => {
    const { remoteAddress, remotePort } = socket;
    end(remoteAddress === host ? 'passed' : `${remoteAddress}:${remotePort}`);
  });
  socket.on('timeout', () => end('passed'));
  socket.on('error', ({ message }) => {
    end(message.startsWith('utabox run') ? `refused: ${message}` : 'passed');
  });
});
Promise.all(JSON.parse(process.argv[2]).map(attempt))
  .then((all) => console.log(JSON.stringify(all)));
