#!/usr/bin/env node
// Parses on every Node since 10, as a script and as a module, so that an old one gets a sentence and not a stack.
var version = process.versions.node;

if (Number(version.split('.')[0]) < 24) {
  console.error(
    'holdfast needs Node 24 or newer, and this is Node ' +
      version +
      ': install a current one from https://nodejs.org',
  );
  process.exitCode = 1;
} else {
  import('../dist/cli/main.js');
}
