import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import type { Plugin } from 'vitest/config';
import { mutations } from './list.ts';

/** Promises that have rules here, by their numbers or, of one part, by its name; in the words of docs/mutations.md. */
export type Promised = 1 | 2 | 3 | 4 | 5 | 6 | 9 | 10 | 11 | 12 | 13 | 15 | 'guard' | 'stream' | 'ledger';

/** One rule of the engine, switched off: a text of a source file, and what stands in its place then. */
export interface Mutation {
  /** The rule, in the words of the design. */
  readonly rule: string;
  /** The promise that rests on it. */
  readonly promise: Promised;
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
  const source = readFileSync(join(home, file), 'utf8');
  const count = source.split(find).length - 1;
  if (find === replace) return 'it changes nothing';
  if (count !== 1) return `its text stands ${count} times in ${file}`;
  try {
    // What does not even load fails every test, and shows nothing.
    stripTypeScriptTypes(source.replace(find, () => replace));
    return undefined;
  } catch (error) {
    return `what it leaves is no program: ${String(error)}`;
  }
}

export interface Edit {
  /** The file that it changes. */
  readonly path: string;
  apply(code: string): string;
}

/** @param index the place of a mutation in the list; undefined or empty for none */
export function editOf(index: string | undefined): Edit | undefined {
  if (index === undefined || index === '') return undefined;
  const mutation = mutations[Number(index)];
  if (mutation === undefined) throw new Error(`HOLDFAST_MUTATION is ${index}: there are ${mutations.length}`);
  const { file, find, replace } = mutation;
  return { path: join(home, file), apply: (code) => code.replace(find, () => replace) };
}

/** Makes one mutation as Vitest reads the file, so that no file is written. @param index its place in the list */
export function mutating(index: string | undefined): Plugin[] {
  const edit = editOf(index);
  if (edit === undefined) return [];
  return [
    {
      name: 'holdfast-mutation',
      enforce: 'pre',
      transform: (code, id) => (id.split('?')[0] === edit.path ? edit.apply(code) : undefined),
    },
  ];
}
