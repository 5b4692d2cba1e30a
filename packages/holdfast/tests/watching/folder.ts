import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterEach, expect } from 'vitest';
import type { WorkspaceOptions } from '../../src/workspace/index.ts';
import { endChildren } from '../child.ts';
import { leftovers } from './leftovers.ts';
import { Witness } from './witness.ts';

const share = (fc.readConfigureGlobal().numRuns ?? 100) / 100;

/** As many times the rounds of `npm test` as `npm run test:deep` has. */
const deep = 20;

/** So many in `npm test`, and `full` in `npm run test:deep`; between them with other numbers of rounds. */
export function size(quick: number, full: number): number {
  const depth = Math.min(1, Math.max(0, (share - 1) / (deep - 1)));
  return Math.ceil(quick + (full - quick) * depth);
}

const folders: string[] = [];
const witnesses: Witness[] = [];

/** A folder that is there for one test. Its path is real. */
export function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-watching-')));
  folders.push(folder);
  return folder;
}

/** A witness that is closed after the test; nothing of its watching may be left then. */
export async function witness(root: string, options?: WorkspaceOptions): Promise<Witness> {
  const one = await Witness.open(root, options);
  witnesses.push(one);
  return one;
}

/** Writes files, their directories made as they are needed. */
export function writeFiles(root: string, paths: readonly string[], content = (path: string) => path): void {
  const made = new Set<string>();
  for (const path of paths) {
    const file = join(root, path);
    const folder = dirname(file);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    writeFileSync(file, content(path));
  }
}

/** More than the kernel keeps: it drops what is the same as the last that it has to tell, so two files are touched in turns. */
export function touchInTurns(folder: string, count: number): void {
  for (let i = 0; i < count; i += 1) utimesSync(join(folder, i % 2 === 0 ? 'one' : 'other'), i, i);
}

/** `count` paths, twenty in a directory. */
export function pathsOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `d${Math.floor(index / 20)}/f${index}`);
}

/** Vitest's own limit of hooks, longer with full sizes as that of tests is: a hundred thousand files are removed. */
const removalTime = 20_000 * Math.max(1, share);

afterEach(async () => {
  await endChildren();
  await Promise.all(witnesses.splice(0).map((one) => one.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  expect(leftovers()).toEqual([]);
}, removalTime);
