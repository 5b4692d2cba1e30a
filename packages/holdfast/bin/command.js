// The library's `holdfast` command: it runs the one of @holdfast/gateway, or says how to get it.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Where the gateway's command is: beside this package, or else in the folder the command was started in, because
 * pnpm and Yarn do not let a package see a neighbour that it does not depend on.
 *
 * @returns {string | undefined} a file URL
 */
function findGateway() {
  for (const from of [import.meta.url, pathToFileURL(join(process.cwd(), 'package.json'))]) {
    try {
      return pathToFileURL(createRequire(from).resolve('@holdfast/gateway/command')).href;
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

const help = `holdfast: a context cache for LLM applications

This is the library. Use it in code:

  import { createCache } from 'holdfast';

The command (serve, outline, stats, demo) is a package of its own:

  npm install @holdfast/gateway
  npx holdfast serve
`;

const gateway = findGateway();
const first = process.argv[2];
if (gateway !== undefined) {
  await import(gateway);
} else if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
  process.stdout.write(help);
} else if (first === '--version') {
  console.log(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version);
} else {
  console.error(`holdfast ${first} needs the gateway: npm install @holdfast/gateway`);
  process.exitCode = 1;
}
