import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from 'holdfast';
import { sqliteStore } from 'holdfast/sqlite';
import { type Faults, FaultyStore, MemoryBackend, MemoryStore } from 'holdfast/testing';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { FolderService } from './folder-service.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-stored-'));
  write('a.ts', 'export const a = 1;\n');
  write('deep/b.ts', 'export const b = 1;\n');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

const openFile = () => sqliteStore(join(root, '.holdfast/store.sqlite'));

/** A service on the folder's store that has read the folder, and what it warned of. */
async function start(store?: Store, Service = FolderService) {
  const service = await Service.open(
    root,
    { store: store ?? (await openFile()), file: 'store.sqlite' },
    false,
  );
  onTestFinished(() => service.close());
  const warnings: string[] = [];
  service.listen((name, data) => name === 'warning' && warnings.push(data as string));
  await service.read();
  return { service, warnings };
}

/** How many generators of outlines, symbols and index have run. */
function runs(service: FolderService): (number | undefined)[] {
  const { outline, symbols, symbol_index } = service.stats().kinds;
  return [outline, symbols, symbol_index].map((line) => line?.generations.started);
}

test('what was made before is not made again, and is shown as any outline', async () => {
  const first = (await start()).service;
  const lines = first.outlines();
  expect(runs(first)).toEqual([2, 2, 1]);
  await first.close();
  const { service } = await start();
  expect(runs(service)).toEqual([0, 0, 0]);
  expect(service.outlines()).toEqual(lines.map((line) => ({ ...line, generations: 0 })));
  expect(service.state()).toMatchObject({ outlined: 2, generated: 0, store: { stored: 2, entries: 5 } });
  expect(service.state().lastEdit).toBeUndefined();
  expect(service.stats().kinds.outline?.outcomes).toMatchObject({ stored: 2, generated: 0 });
  expect(await service.symbol('a', 9)).toMatchObject({ total: 1, files: 2 });
  expect(runs(service)).toEqual([0, 0, 0]);
});

test('of what happened to the files while nothing ran, exactly that is made', async () => {
  await (await start()).service.close();
  write('a.ts', 'export const edited = 1;\n');
  write('new.ts', 'export const n = 1;\n');
  rmSync(join(root, 'deep'), { recursive: true });
  const { service } = await start();
  expect(runs(service)).toEqual([2, 2, 1]);
  expect((await service.symbol('b', 9)).total).toBe(0);
  expect((await service.symbol('edited', 9)).total).toBe(1);
});

test('an edit that moves no symbol makes neither symbols nor index anew after a restart', async () => {
  await (await start()).service.close();
  write('a.ts', 'export const a = 1;\n// a remark\n');
  const { service } = await start();
  // The symbols of that file are made from its outline, which has more lines now, and are what they were.
  expect(runs(service)).toEqual([1, 1, 0]);
});

test('the states that the folder was in before are all there after a restart', async () => {
  const states = ['export const a = 1;\n', 'export const other = 1;\n'];
  for (const [round, made] of [
    [0, 2],
    [1, 1],
    [0, 0],
    [1, 0],
  ] as const) {
    write('a.ts', states[round] as string);
    const { service } = await start();
    expect(runs(service)[0]).toBe(made);
    expect((await service.symbol('other', 9)).total).toBe(round);
    await service.close();
  }
});

test('outlines of an earlier version are never served, whatever else is stored', async () => {
  await (await start()).service.close();
  vi.resetModules();
  vi.doMock('./outline-definition.ts', async (importOriginal) => {
    const original = await importOriginal<typeof import('./outline-definition.ts')>();
    return {
      ...original,
      outlineVersion: original.outlineVersion + 1,
      generateOutline: async (...args: Parameters<typeof original.generateOutline>) => {
        const outline = await original.generateOutline(...args);
        return { ...outline, symbols: outline.symbols.map((symbol) => ({ ...symbol, name: 'upgraded' })) };
      },
    };
  });
  onTestFinished(() => void vi.doUnmock('./outline-definition.ts'));
  const upgraded = await import('./folder-service.ts');
  const { service } = await start(undefined, upgraded.FolderService);
  expect(runs(service)).toEqual([2, 2, 1]);
  expect((await service.symbol('upgraded', 9)).total).toBe(2);
  expect((await service.symbol('a', 9)).total).toBe(0);
  await service.close();
  // Whoever still runs the old one has its own entries.
  const old = (await start()).service;
  expect((await old.symbol('a', 9)).total).toBe(1);
  expect(runs(old)[0]).toBe(0);
});

test('why tells from the store why an outline was made again, and makes nothing', async () => {
  const first = (await start()).service;
  write('a.ts', 'export const renamed = 1;\n');
  await first.refresh();
  await first.close();
  const service = await FolderService.open(root, { store: await openFile(), file: 'store.sqlite' }, false);
  onTestFinished(() => service.close());
  const { entries } = await service.why('a.ts');
  expect(entries.map(({ entry, state }) => `${entry} ${state}`)).toEqual([
    'outline(a.ts) fresh',
    'symbols(a.ts) fresh',
    'symbol_index fresh',
  ]);
  expect(entries[0]?.regenerated).toMatchObject({ because: 'changed', on: 'a.ts' });
  expect(runs(service)).toEqual([0, 0, 0]);
});

test('a store that does nothing right costs a warning, told once, and no outline', async () => {
  const faults: Faults = () => ({ type: 'error' });
  const { service, warnings } = await start(new FaultyStore(await openFile(), { faults }));
  expect(service.state()).toMatchObject({ outlined: 2, generated: 2 });
  expect(warnings).toEqual([
    'the store does not do what it is asked (read signatures, E_STORE): memory has to do',
  ]);
  // Of the failure that was the last before it was left alone.
  expect(service.state().warnings).toEqual([
    'the store does not do what it is asked (acquire, E_STORE): memory has to do',
  ]);
});

test('damaged records are made again, and told in one warning', async () => {
  await (await start()).service.close();
  const store = await openFile();
  const hashes = [];
  for await (const { hash } of store.scan({ kind: 'outline' })) hashes.push(hash);
  for (const hash of hashes) {
    const found = { hash, scope: '', kind: 'outline', tags: [], paths: [], keys: [], uselessAt: Infinity };
    await store.commit({ ...found, envelope: Buffer.from('no envelope') });
  }
  await store.close();
  const { service, warnings } = await start();
  expect(runs(service)[0]).toBe(2);
  expect(warnings).toEqual([
    expect.stringMatching(/^a record of the store is not used \(.+\): it is made again$/),
  ]);
  expect(service.state().warnings).toEqual([
    expect.stringMatching(/^2 records of the store not used \(.+\): made again$/),
  ]);
});

test('the store tells what it holds by kind, and the ledger over all runs', async () => {
  await (await start()).service.close();
  const { service } = await start();
  const answer = await service.stored();
  expect(answer).toMatchObject({
    entries: 5,
    kinds: { outline: { entries: 2 }, symbols: { entries: 2 }, symbol_index: { entries: 1 } },
    totals: { runs: 2, kinds: { outline: { calls: 4, outcomes: { generated: 2, stored: 2 } } } },
    warnings: [],
  });
  expect(answer?.bytes).toBeGreaterThan(0);
});

test('a damaged part of the stored ledger is a warning, and the rest counts', async () => {
  const store = await openFile();
  await store.table('ledger').set('run', Buffer.from('{'));
  const { service, warnings } = await start(store);
  expect((await service.stored())?.totals.runs).toBe(1);
  expect(warnings).toEqual(['a part of the stored ledger is damaged or of a newer version: left out']);
});

test('the ledger is written down every minute, so that a killed run loses no more than that', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const backend = new MemoryBackend();
  const { service } = await start(new MemoryStore(backend));
  const other = new MemoryStore(backend);
  const rows = async () => {
    const found: string[] = [];
    for await (const [, value] of other.table('ledger').entries()) found.push(Buffer.from(value).toString());
    return found;
  };
  expect(await rows()).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await rows()).toEqual([expect.stringContaining('"calls":2')]);
  await service.outline('a.ts');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await rows()).toEqual([expect.stringContaining('"calls":3')]);
  await other.close();
});

test('the outline that is kept of a file is told while it holds, and never made', async () => {
  await (await start()).service.close();
  const service = await FolderService.open(root, { store: await openFile(), file: 'store.sqlite' }, false);
  onTestFinished(() => service.close());
  expect(await service.keptOutline('./a.ts')).toMatchObject({ path: 'a.ts', symbols: [{ name: 'a' }] });
  write('a.ts', 'export const edited = 1;\n');
  expect(await service.keptOutline('a.ts')).toBeUndefined();
  expect(runs(service)).toEqual([0, 0, 0]);
});
