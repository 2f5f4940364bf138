// http2; what became of the session on stdout.
const [host] = process.argv.slice(2);
require('http2').connect(`https://${host}`).on('error', (error) => console.log(error.code));
