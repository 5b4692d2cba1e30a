import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type {
  OutlineAnswer,
  OutlineLine,
  RefreshAnswer,
  StatsAnswer,
  Status,
  WhyAnswer,
} from '../src/api/index.ts';
import { announce } from '../src/cli/announcement.ts';
import { Lab } from '../src/lab/index.ts';
import { startServer } from '../src/server/index.ts';
import { FolderService } from '../src/service/index.ts';
import { inMemory } from '../src/store/index.ts';
import { Client, makeFolder, runCommand } from './command.ts';
import { files, sources } from './four-files.ts';

/** A server whose folder nobody watches: what is made is made because somebody asked. */
async function serveUnwatched(folder: string) {
  const edits: string[] = [];
  const service = await FolderService.open(folder, inMemory, false);
  service.listen((name, data) => name === 'edit' && edits.push((data as { sentence: string }).sentence));
  const onError = (error: unknown) => expect.unreachable(String(error));
  const page = new URL('../dist/page/', import.meta.url);
  const server = await startServer({ service, lab: new Lab(onError), version: '0', page, port: 0, onError });
  const { port, token } = server;
  const takeBack = announce(folder, { port, token, pid: process.pid, startedAt: Date.now() });
  onTestFinished(async () => {
    takeBack();
    await server.close();
    await service.close();
  });
  await service.read();
  return { client: new Client(port, token), edits };
}

test('asked again after an edit, it makes one outline again and says so', async () => {
  const folder = makeFolder(sources);
  const { client, edits } = await serveUnwatched(folder);
  const ask = () => client.json<OutlineAnswer>('/api/outline?path=a.ts');
  expect(await ask()).toMatchObject({ outcome: 'hit', stale: false });

  writeFileSync(join(folder, 'a.ts'), 'export function a() {}\nexport class Added {}\n');
  const edited = await ask();
  expect(edited).toMatchObject({ outcome: 'generated', stale: false });
  expect(edited.outline.symbols.map(({ name }) => name)).toEqual(['a', 'Added']);
  await client.json('/api/refresh', null);
  expect(edits).toEqual([
    expect.stringMatching(/^a\.ts changed → 1 of 4 outlines, symbol index made again \(\d+ ms\)$/),
  ]);

  expect(await ask()).toMatchObject({ outcome: 'hit', stale: false });
  const { kinds } = await client.json<StatsAnswer>('/api/stats');
  expect(kinds.outline?.generations.succeeded).toBe(files + 1);
});

test('refresh makes again what was edited, finds what is new, forgets what is gone, and touches nothing else', async () => {
  const folder = makeFolder(sources);
  const { client, edits } = await serveUnwatched(folder);
  const refresh = () => client.json<RefreshAnswer>('/api/refresh', null);
  const before = await client.json<StatsAnswer>('/api/stats');
  expect(await refresh()).toMatchObject({ files, regenerated: [] });
  expect((await client.json<StatsAnswer>('/api/stats')).calls).toBe(before.calls);

  writeFileSync(join(folder, 'b.py'), 'def b():\n    return 1\n');
  writeFileSync(join(folder, 'new.js'), 'const x = 1;\n');
  rmSync(join(folder, 'a.ts'));
  expect(await refresh()).toMatchObject({
    files,
    added: ['new.js'],
    removed: ['a.ts'],
    regenerated: ['b.py', 'new.js'],
    symbolIndex: 'made',
  });
  expect(edits).toEqual([
    expect.stringMatching(
      /^b\.py changed, new\.js new, a\.ts gone → 2 of 4 outlines, symbol index made again \(\d+ ms\)$/,
    ),
  ]);
  expect((await client.ask('/api/outline?path=a.ts')).status).toBe(404);
  const paths = (await client.json<OutlineLine[]>('/api/outlines')).map(({ path }) => path);
  expect(paths).toEqual(['.gitignore', 'b.py', 'docs/c.md', 'new.js']);
});

test('it says that nobody watches, and why tells of an edit that nobody has asked about', async () => {
  const folder = makeFolder(sources);
  const { client } = await serveUnwatched(folder);
  expect((await client.json<Status>('/api/status')).watching).toMatchObject({ state: 'OFF', files });
  writeFileSync(join(folder, 'a.ts'), 'export class Other {}\n');
  const { stdout } = await runCommand(['why', join(folder, 'a.ts')]);
  expect(stdout).toMatch(/^outline\(a\.ts\) {2}changed/);
  const { entries } = await client.json<WhyAnswer>('/api/why?path=a.ts');
  expect(entries.map(({ entry, state }) => [entry, state])).toEqual([
    ['outline(a.ts)', 'changed'],
    ['symbols(a.ts)', 'unknown'],
    ['symbol_index', 'unknown'],
  ]);
  const { kinds } = await client.json<StatsAnswer>('/api/stats');
  expect(kinds.outline?.generations.succeeded).toBe(files);
});
