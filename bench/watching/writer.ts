/**
 * Changes files as another program does: `writer.ts <root> <how> <first> <count> <text>`, the paths by number as in
 * `ground.ts`. Says when it wrote each, in milliseconds since 1970, if it is asked to.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freshPath, pathsOf } from '../measures/ground.ts';

const [root = '', how = '', first = '0', count = '0', text = ''] = process.argv.slice(2);
const [from, to] = [Number(first), Number(first) + Number(count)];
const paths = how === 'fresh' ? Array.from({ length: to }, (_, i) => freshPath(i)) : pathsOf(to);
const times: number[] = [];
for (const path of paths.slice(from)) {
  const file = join(root, path);
  if (how === 'fresh') mkdirSync(dirname(file), { recursive: true });
  if (how === 'atomic') {
    writeFileSync(`${file}~`, text);
    renameSync(`${file}~`, file);
  } else {
    writeFileSync(file, text);
  }
  if (how === 'timed') times.push(performance.timeOrigin + performance.now());
}
if (how === 'timed') process.stdout.write(JSON.stringify(times));
