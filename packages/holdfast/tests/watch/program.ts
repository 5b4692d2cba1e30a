/**
 * A process that watches a directory and those in it: `program.ts <root> [starts | closes | returns | exits]`. It says in lines of
 * JSON what it was told: at first, and whenever a line comes in.
 */
import { readdirSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { inotifyQueues } from '../watching/leftovers.ts';
import { Watching } from './watching.ts';

const [root = '', how] = process.argv.slice(2);
const say = (saying: object) => console.log(JSON.stringify(saying));

async function begin(): Promise<Watching> {
  const watching = new Watching([root]);
  const inner = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  watching.session.arm([root, ...inner.map(({ name }) => `${root}/${name}`)]);
  await watching.sync();
  return watching;
}

/** What keeps a process alive, and what does not. */
function left(before: readonly string[]) {
  const resources = process.getActiveResourcesInfo();
  for (const resource of before) {
    const at = resources.indexOf(resource);
    if (at >= 0) resources.splice(at, 1);
  }
  return { resources, threads: readdirSync('/proc/self/task').length, queues: inotifyQueues() };
}

async function closes(): Promise<void> {
  // The pipes to the parent are there from their first use on.
  void [process.stdout, process.stderr];
  const before = process.getActiveResourcesInfo();
  for (let round = 0; round < 4; round += 1) {
    await (await begin())[Symbol.asyncDispose]();
    say({ left: left(before) });
  }
}

async function watches(): Promise<void> {
  const watching = await begin();
  const { cookies, reports } = watching;
  say({ cookies, reports });
  if (how === 'exits') process.exit();
  if (how === 'returns') return;
  watching.reports = [];
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'say') continue;
    const answer = await watching.sync();
    say({ answer, reports: watching.reports });
    watching.reports = [];
  }
  await watching.session.close();
  rmSync(cookies, { recursive: true });
}

function starts(): void {
  const watching = new Watching([root]);
  watching.session.arm([root]);
  say({ cookies: watching.cookies, reports: [] });
}

if (how === 'closes') await closes();
else if (how === 'starts') starts();
else await watches();
