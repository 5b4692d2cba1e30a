import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createCache } from 'holdfast';
import { sqliteStore } from 'holdfast/sqlite';
import { spawnTask } from '../spawn.ts';
import { inFolder } from './ground.ts';
import { median } from './material.ts';
import { prose } from './prose.ts';

export interface StoreOpeningOptions {
  readonly records: number;
  readonly bytes: number;
  /** Processes that open it, one after another. */
  readonly openings: number;
}

/** Milliseconds. */
export interface FirstHit {
  /** Of `sqliteStore`. */
  readonly store: number;
  /** From there to the first value. */
  readonly hit: number;
  /** The floor: SQLite opened by itself, and one row read. */
  readonly bare: number;
  /** One JSON file of everything, read and parsed. */
  readonly json: number;
  /** From the beginning of the process to its first value, without the two before. */
  readonly process: number;
}

/** A file of many records, opened by processes that know nothing of it. */
export function measureStoreOpening({ records, bytes, openings }: StoreOpeningOptions): Promise<FirstHit> {
  return inFolder(async (root) => {
    const path = join(root, 'store.sqlite');
    const cache = createCache({ store: await sqliteStore(path) });
    const text = prose(bytes, 1);
    const all: Record<string, string> = {};
    for (let from = 0; from < records; from += 5_000) {
      const keys = Array.from({ length: Math.min(5_000, records - from) }, (_, i) => `key-${from + i}`);
      for (const key of keys) all[key] = text;
      const told = await Promise.all(keys.map((key) => cache.set(key, text)));
      if (!told.every(({ persisted }) => persisted)) throw new Error('not everything was persisted');
    }
    await cache.close();
    const json = join(root, 'all.json');
    writeFileSync(json, JSON.stringify(all));
    const found: FirstHit[] = [];
    for (let i = 0; i < openings; i++) {
      const task = { measure: 'first hit', options: { path, json, key: `key-${(i * 7_919) % records}` } };
      const child = new URL('../store/child.ts', import.meta.url);
      found.push((await spawnTask(child, task, [], 'the first hit')) as FirstHit);
    }
    const middle = (name: keyof FirstHit): number => median(found.map((one) => one[name]));
    return {
      store: middle('store'),
      hit: middle('hit'),
      bare: middle('bare'),
      json: middle('json'),
      process: middle('process'),
    };
  });
}

export interface FirstHitOptions {
  readonly path: string;
  readonly json: string;
  readonly key: string;
}

/** What one process that opens the file measures. */
export async function measureFirstHit({ path, json, key }: FirstHitOptions): Promise<FirstHit> {
  const start = performance.now();
  const store = await sqliteStore(path);
  const opened = performance.now();
  const cache = createCache({ store });
  const { outcome } = await cache.resolve(key, () => 'generated');
  const hit = performance.now();
  if (outcome !== 'stored') throw new Error(`the first call was ${outcome}`);
  await cache.close();

  const beforeBare = performance.now();
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare('SELECT envelope FROM records WHERE id = 1').get();
  const bare = performance.now() - beforeBare;
  database.close();
  if (row === undefined) throw new Error('there is no first row');

  const beforeJson = performance.now();
  const all = JSON.parse(readFileSync(json, 'utf8')) as Record<string, string>;
  const parsed = performance.now() - beforeJson;
  if (all[key] === undefined) throw new Error(`${key} is not in the JSON file`);
  return { store: opened - start, hit: hit - opened, bare, json: parsed, process: hit };
}
