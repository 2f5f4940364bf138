// fetch, which is undici's.
const [host, path] = process.argv.slice(2);
fetch(`https://${host}${path}`).then((answer) => answer.text()).then(console.log);
