// axios.
const [host, path] = process.argv.slice(2);
require('axios').get(`https://${host}${path}`).then(({ data }) => console.log(JSON.stringify(data)));
