import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vitest/config';
import { mutations } from './list.ts';

/** One rule of the engine, switched off: a text of a source file, and what stands in its place then. */
export interface Mutation {
  /** The rule, in the words of the design. */
  readonly rule: string;
  /** 4: never older than its files. 5: nothing regenerated that did not have to be. */
  readonly promise: 4 | 5;
  /** Relative to packages/holdfast/src. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** The test files, relative to packages/holdfast, in which a test must fail. */
  readonly tests: readonly string[];
}

const home = join(import.meta.dirname, '../../packages/holdfast/src');

/** @returns what is wrong with a mutation; undefined when it can be made */
export function complaint({ file, find, replace }: Mutation): string | undefined {
  const count = readFileSync(join(home, file), 'utf8').split(find).length - 1;
  if (find === replace) return 'it changes nothing';
  return count === 1 ? undefined : `its text stands ${count} times in ${file}`;
}

/** Makes one mutation as Vitest reads the file, so that no file is written. @param index its place in the list */
export function mutating(index: string | undefined): Plugin[] {
  if (index === undefined || index === '') return [];
  const mutation = mutations[Number(index)];
  if (mutation === undefined) throw new Error(`HOLDFAST_MUTATION is ${index}: there are ${mutations.length}`);
  const { file, find, replace } = mutation;
  const path = join(home, file);
  return [
    {
      name: 'holdfast-mutation',
      enforce: 'pre',
      transform: (code, id) => (id.split('?')[0] === path ? code.replace(find, () => replace) : undefined),
    },
  ];
}
