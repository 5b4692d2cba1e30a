import { existsSync } from 'node:fs';

/** Ends the program with a word of advice where the library is not built. */
export function demandBuild(): void {
  demand('../packages/holdfast/dist/index.js', 'npm run build');
}

/** The same where the peers are not installed. */
export function demandPeers(): void {
  // The one that came last: who has it has the others.
  demand('./node_modules/@portkey-ai/gateway/package.json', 'npm ci --prefix bench');
}

function demand(path: string, remedy: string): void {
  if (existsSync(new URL(path, import.meta.url))) return;
  console.error(`Not there yet: run \`${remedy}\` first, or \`npm run bench\`, which does all of it.`);
  process.exit(1);
}
