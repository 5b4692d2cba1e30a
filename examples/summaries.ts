/**
 * Summaries of files, of folders, and of the project, each made from the ones below it. An edit costs the summary of
 * the edited file, and of what is above it only as far as summaries really changed; undoing it, or switching a branch
 * back, costs nothing.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache, kind } from 'holdfast';
import { openWorkspace } from 'holdfast/workspace';

await using cleanup = new AsyncDisposableStack();
const root = await mkdtemp(join(tmpdir(), 'holdfast-summaries-'));
cleanup.defer(() => rm(root, { recursive: true }));

const write = (path: string, text: string) => writeFile(join(root, path), text);
for (const folder of ['guide', 'notes']) await mkdir(join(root, folder));
for (const path of ['guide/install.md', 'guide/usage.md', 'notes/ideas.md', 'notes/plans.md']) {
  await write(path, `# About ${path}\nFirst draft.\n`);
}
await write('.gitignore', 'drafts.md\n');

const workspace = cleanup.use(await openWorkspace(root));
const cache = cleanup.use(
  createCache({ workspace, kinds: { summary: kind<string>({ staleIfError: '30d' }) } }),
);

/** Every run of a generator, by what it made. */
let made: string[] = [];

/** Stands for a model that sums a text up: here, its headings. */
const summarize = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('#'))
    .join(' ');

const fileSummary = cache.define({
  kind: 'summary',
  name: 'file',
  generate: async (ctx, path: string) => {
    made.push(path);
    return summarize(await ctx.file(path));
  },
});

const folderSummary = cache.define({
  kind: 'summary',
  name: 'folder',
  generate: async (ctx, folder: string) => {
    made.push(folder);
    const files = await ctx.glob(`${folder}/*.md`);
    const parts = await Promise.all(files.map((file) => ctx.use(fileSummary, file)));
    return parts.join('\n');
  },
});

const projectSummary = cache.define({
  kind: 'summary',
  name: 'project',
  generate: async (ctx) => {
    made.push('project');
    const folders = (await ctx.list('.')).filter((name) => !name.startsWith('.'));
    const parts = await Promise.all(folders.map((folder) => ctx.use(folderSummary, folder)));
    return summarize(parts.join('\n'));
  },
});

async function ask(when: string, expected: number): Promise<void> {
  made = [];
  await projectSummary();
  console.log(`${when}: ${made.sort().join(', ') || 'nothing'} made`);
  assert.equal(made.length, expected);
}

await ask('at first', 7);
await ask('asked again', 0);

const first = '# About notes/plans.md\nFirst draft.\n';
await write('notes/plans.md', '# About notes/plans.md\nSecond draft.\n');
await ask('after an edit that leaves the summary of plans.md as it was', 1);

await write('notes/plans.md', '# About the plan\nThird draft.\n');
await ask('after an edit that changes the summary of plans.md', 3);

await write('notes/plans.md', first);
await ask('after undoing both', 0);

await write('guide/faq.md', '# Questions\n');
await ask('after a new file', 3);

await write('guide/drafts.md', '# Not for the public\n');
await ask('after a new file that git ignores', 0);

const why = await folderSummary.explain('guide');
console.log(`the summary of guide was made again as ${why.regenerated?.on} had changed`);
const [summaryOfPlans] = await cache.dependents('notes/plans.md');
assert(summaryOfPlans !== undefined);
console.log(`notes/plans.md was read by ${summaryOfPlans}, which is used by`);
for (const user of await cache.dependents(summaryOfPlans)) console.log(`  ${user}`);
