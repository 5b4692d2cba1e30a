/**
 * Builds what is stale: both packages by `tsc -b`, which skips what has not changed, and beside the compiled page the
 * files of it that need no compiling. `npm run build` takes well under a second when nothing is stale.
 */
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { root, run } from './step.ts';

const gateway = join(root, 'packages/gateway');
const projects = ['packages/holdfast', 'packages/gateway', 'packages/gateway/tsconfig.page.json'];

/** @returns what the compiler said, and whether it was content */
export async function build(): Promise<{ ok: boolean; output: string }> {
  const { code, output } = await run(process.execPath, [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-b',
    ...projects,
  ]);
  if (code === 0) copyPages();
  return { ok: code === 0, output };
}

function copyPages(): void {
  const pages = globSync('**/page/**/*.*', { cwd: join(gateway, 'src') });
  for (const file of pages.filter((name) => extname(name) !== '.ts')) {
    const [from, to] = [join(gateway, 'src', file), join(gateway, 'dist', file)];
    if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) continue;
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
}

if (import.meta.main) {
  const { ok, output } = await build();
  process.stdout.write(output);
  if (!ok) process.exitCode = 1;
}
