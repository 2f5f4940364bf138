// A program that looks the host up first and connects to the address, checking its name in TLS.
const [host, path] = process.argv.slice(2);
require('dns').promises.resolve4(host).then(([address]) => {
  const request = { host: address, servername: host, path, headers: { host } };
  require('https').get(request, (answer) => answer.pipe(process.stdout));
});
