// https. A host, a path; the answer on stdout. So are all of these programs.
const [host, path] = process.argv.slice(2);
require('https').get({ host, path }, (answer) => answer.pipe(process.stdout));
