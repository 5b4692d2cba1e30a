/**
 * Summaries of files, of folders, and of the project, each made from the ones below it. An edit costs the summary of
 * the edited file, and of what is above it only as far as summaries really changed.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache, kind } from 'holdfast';
import { openWorkspace } from 'holdfast/workspace';

const folders = { guide: ['install.md', 'usage.md'], notes: ['ideas.md', 'plans.md'] };

await using cleanup = new AsyncDisposableStack();
const root = await mkdtemp(join(tmpdir(), 'holdfast-summaries-'));
cleanup.defer(() => rm(root, { recursive: true }));

for (const [folder, files] of Object.entries(folders)) {
  await mkdir(join(root, folder));
  for (const file of files) await writeFile(join(root, folder, file), `# About ${file}\nFirst draft.\n`);
}

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
  generate: async (ctx, folder: string, files: string[]) => {
    made.push(folder);
    const parts = await Promise.all(files.map((file) => ctx.use(fileSummary, `${folder}/${file}`)));
    return summarize(parts.join('\n'));
  },
});

const projectSummary = cache.define({
  kind: 'summary',
  name: 'project',
  generate: async (ctx) => {
    made.push('project');
    const parts = Object.entries(folders).map(([folder, files]) => ctx.use(folderSummary, folder, files));
    return summarize((await Promise.all(parts)).join('\n'));
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

await writeFile(join(root, 'notes/plans.md'), '# About plans.md\nSecond draft.\n');
await ask('after an edit that leaves the summary of plans.md as it was', 1);

await writeFile(join(root, 'notes/plans.md'), '# About the plan\nThird draft.\n');
await ask('after an edit that changes the summary of plans.md', 3);

const [summaryOfPlans] = await cache.dependents('notes/plans.md');
assert(summaryOfPlans !== undefined);
console.log(`notes/plans.md was read by ${summaryOfPlans}, which is used by`);
for (const user of await cache.dependents(summaryOfPlans)) console.log(`  ${user}`);
