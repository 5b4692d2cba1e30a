/**
 * Builds what is stale: both packages by `tsc -b`, which skips what has not changed, and beside the compiled page the
 * files of it that need no compiling. What was built of a source that is gone is removed, so that it is not published.
 * `npm run build` takes well under a second when nothing is stale.
 */
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { root, run } from './step.ts';

const packages = ['packages/holdfast', 'packages/gateway'];
const projects = [...packages, 'packages/gateway/tsconfig.page.json'];

/** @returns what the compiler said, and whether it was content */
async function build(): Promise<{ ok: boolean; output: string }> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { code, output } = await run(process.execPath, [compiler, '-b', ...projects]);
  if (code === 0) {
    for (const folder of packages) {
      copyPages(join(root, folder));
      removeOrphans(join(root, folder));
    }
  }
  return { ok: code === 0, output };
}

/** Copies only what differs: whoever watches the built page sees no change where there is none. */
function copyPages(folder: string): void {
  for (const file of globSync('**/page/**/*.*', { cwd: join(folder, 'src') })) {
    if (extname(file) === '.ts') continue;
    const [from, to] = [join(folder, 'src', file), join(folder, 'dist', file)];
    if (existsSync(to) && readFileSync(to).equals(readFileSync(from))) continue;
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
}

function removeOrphans(folder: string): void {
  for (const file of globSync('**/*.*', { cwd: join(folder, 'dist') })) {
    if (extname(file) === '.tsbuildinfo') continue;
    const origin = file.replace(/(\.d\.ts|\.js\.map|\.js)$/, '.ts');
    const sources = [join(folder, 'src', origin), join(folder, 'src', file)];
    if (!sources.some((source) => existsSync(source))) rmSync(join(folder, 'dist', file));
  }
}

const { ok, output } = await build();
process.stdout.write(output);
if (!ok) process.exitCode = 1;
