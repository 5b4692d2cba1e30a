import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GlobOptions, SourceDependency } from '../model/dependency.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Shelf } from '../trace/shelf.ts';
import type { Disk } from './disk.test-support.ts';
import {
  type Change,
  change,
  changes,
  type Question,
  questions,
  smallDisk,
  wait,
} from './history.test-support.ts';
import { openWorkspace, type Workspace } from './index.ts';

/*
 * Random histories of a small disk against `check` and every way to read. The oracle looks at the disk itself, says
 * what each question is to be answered with, and knows nothing of signatures, confinement or pruning.
 */

const sha256 = (content: string) => hash('sha256', content, 'hex');
const codeOf = (error: unknown) => (error as { code?: string }).code;

/** What a perfect look would find: a value as text, or a word. */
type Truth = string;
const unknown = 'unknown';
const absent = 'absent';
const mismatched = 'not that kind';

/** Whether the way along a path that leads to nothing leaves the root before it ends. */
function leaves(disk: Disk, path: string): boolean {
  let at: string[] = [];
  const ahead = path.split('/');
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    if (part === '' || part === '.') continue;
    if (part === '..') at.pop();
    else at.push(part);
    if (at[0] !== 'r') return true;
    const here = `/${at.join('/')}`;
    try {
      const kind = kindOf(disk, here);
      if (kind === 'file' && ahead.length > 0) return false;
      if (kind !== 'link') continue;
    } catch {
      return false;
    }
    const target = disk.readlink(here);
    if (target.startsWith('/')) at = [];
    else at.pop();
    ahead.unshift(...target.split('/'));
  }
  return false;
}

/** The real path inside of the root, or a word. */
function whereIs(disk: Disk, path: string): { readonly real: string } | { readonly word: Truth } {
  try {
    const real = disk.realpath(path);
    return `${real}/`.startsWith('/r/') ? { real } : { word: unknown };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') return { word: unknown };
    return { word: leaves(disk, path) ? unknown : absent };
  }
}

function kindOf(disk: Disk, real: string): 'file' | 'directory' | 'link' {
  const type = disk.lstat(real).mode & 0o170_000n;
  return type === 0o100_000n ? 'file' : type === 0o040_000n ? 'directory' : 'link';
}

function contentOf(disk: Disk, real: string): Truth {
  try {
    const into = new Uint8Array(64);
    return `content ${new TextDecoder().decode(into.subarray(0, disk.open(real).readSync(into)))}`;
  } catch {
    return unknown;
  }
}

function truth(disk: Disk, question: Question): Truth {
  if (question.ask === 'glob') return globTruth(disk, question.pattern, question.options);
  const where = whereIs(disk, `/r/${question.path}`);
  if ('word' in where) return where.word;
  if (question.ask === 'exists') return 'present';
  const kind = kindOf(disk, where.real);
  if (question.ask !== 'list') return kind === 'file' ? contentOf(disk, where.real) : mismatched;
  if (kind !== 'directory') return mismatched;
  try {
    const names = disk.readdir(where.real).map(({ name }) => `${question.path}/${name}`);
    return JSON.stringify(names.toSorted());
  } catch {
    return unknown;
  }
}

/** The patterns that are asked, as regular expressions: the library that reads them has tests of its own. */
const patterns: Record<
  string,
  { readonly plain: RegExp; readonly dot: RegExp; readonly enters: (path: string) => boolean }
> = {
  '**/*': { plain: /^(?!.*(^|\/)\.).*$/, dot: /./, enters: () => true },
  '*': { plain: /^[^./][^/]*$/, dot: /^[^/]+$/, enters: () => false },
  'd/**/c': {
    plain: /^d\/((?!.*(^|\/)\.).*\/)?c$/,
    dot: /^d\/(.*\/)?c$/,
    enters: (path) => path === 'd' || path.startsWith('d/'),
  },
  'd/c': { plain: /^d\/c$/, dot: /^d\/c$/, enters: (path) => path === 'd' },
};

interface Rule {
  readonly under: string;
  readonly text: string;
}

/** The last rule that names a part of the path decides; no rule here has a slash but at its end. */
function ignored(rules: readonly Rule[], path: string, isDirectory: boolean): boolean {
  let verdict = false;
  for (const { under, text } of rules) {
    const [, negation, name, slash] = /^(!?)([^/]+)(\/?)$/.exec(text) ?? [];
    if (!path.startsWith(under) || path.slice(path.lastIndexOf('/') + 1) !== name) continue;
    if (slash === '' || isDirectory) verdict = negation === '';
  }
  return verdict;
}

function globTruth(disk: Disk, pattern: string, options: GlobOptions): Truth {
  const { plain, dot, enters } = patterns[pattern] as (typeof patterns)[string];
  const wanted = options.dot ? dot : plain;
  const found: string[] = [];
  const left: string[] = [];
  const given = (options.ignore ?? []).map((text) => ({ under: '', text }));
  const leaveOut = (error: unknown, path: string) => {
    if (codeOf(error) !== 'EACCES' || options.unreadable !== 'leave out') throw error;
    left.push(path);
  };
  const walk = (directory: string, outer: readonly Rule[]) => {
    let rules = outer;
    let entries: ReturnType<Disk['readdir']>;
    try {
      entries = disk.readdir(`/r/${directory}`);
    } catch (error) {
      leaveOut(error, directory.slice(0, -1));
      return;
    }
    if (entries.some(({ name, type }) => name === '.gitignore' && type === 'file')) {
      try {
        const into = new Uint8Array(64);
        const text = new TextDecoder().decode(
          into.subarray(0, disk.open(`/r/${directory}.gitignore`).readSync(into)),
        );
        rules = [...outer, { under: directory, text }];
      } catch (error) {
        leaveOut(error, `${directory}.gitignore`);
      }
    }
    for (const { name, type } of entries.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b), 'en'))) {
      const path = directory + name;
      const isDirectory = type === 'directory';
      if (isDirectory ? !enters(path) || (!options.dot && name.startsWith('.')) : !wanted.test(path))
        continue;
      if (ignored([...rules, ...given], path, isDirectory)) continue;
      if (isDirectory) walk(`${path}/`, rules);
      else if (type === 'file') found.push(path);
      else {
        try {
          const real = disk.realpath(`/r/${path}`);
          if (`${real}/`.startsWith('/r/') && kindOf(disk, real) === 'file') found.push(path);
        } catch (error) {
          if (codeOf(error) === 'EACCES') leaveOut(error, path);
        }
      }
    }
  };
  try {
    walk('', []);
  } catch {
    return unknown;
  }
  return JSON.stringify([found.toSorted(), left]);
}

const keyOf = ({ name, type }: { name: string; type: string }) => (type === 'directory' ? `${name}/` : name);

/** The same from the workspace: what was read, as the oracle words it, and the dependency. */
async function ask(
  workspace: Workspace,
  question: Question,
): Promise<{ readonly dependency: SourceDependency; readonly answer: Truth }> {
  if (question.ask === 'glob') {
    const reading = await workspace.glob(question.pattern, question.options);
    const { dependency } = reading;
    if (reading.state === 'refused') return { dependency, answer: word(dependency) };
    const left = reading.skipped.unreadable.map(({ path }) => path);
    return { dependency, answer: JSON.stringify([reading.value, left]) };
  }
  const reading = await workspace[question.ask](question.path);
  const { dependency } = reading;
  if (reading.state === 'absent') return { dependency, answer: absent };
  if (reading.state === 'refused') return { dependency, answer: word(dependency) };
  if (question.ask === 'exists') return { dependency, answer: dependency.digest };
  if (question.ask === 'list') return { dependency, answer: JSON.stringify(reading.value) };
  if (question.ask === 'hash') return { dependency, answer: `hash ${dependency.digest}` };
  const content = new TextDecoder().decode(reading.value as Uint8Array);
  expect(dependency.digest).toBe(sha256(content));
  return { dependency, answer: `content ${content}` };
}

const word = ({ digest }: SourceDependency) => (digest === 'unreadable' ? unknown : digest);

function inWords(question: Question, answer: Truth): Truth {
  if (question.ask !== 'hash' || !answer.startsWith('content ')) return answer;
  return `hash ${sha256(answer.slice('content '.length))}`;
}

interface Step extends Change {
  readonly question?: Question;
  /** The process ends, and another one begins, after something has happened to what the first had put on its shelf. */
  readonly restart?: (rows: Map<string, Uint8Array>) => unknown;
}
const asking = (question: Question): Step => ({ text: question.ask, question, change: () => {} });
const restarting = (text: string, restart: NonNullable<Step['restart']>): Step => ({
  text: `restart ${text}`,
  change: () => {},
  restart,
});
const someRestart: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(restarting('with its signatures', () => {})) },
  { weight: 1, arbitrary: fc.constant(restarting('without', (rows) => rows.clear())) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 })).map(([which, at, flip]) =>
      restarting(`with damage (${which}, ${at}, ${flip})`, (rows) => {
        const bytes = [...rows.values()][which % Math.max(1, rows.size)];
        if (bytes !== undefined) bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ flip;
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      restarting('with rows in each other’s places', (rows) => {
        const [values, names] = [[...rows.values()], [...rows.keys()]];
        for (const [index, name] of names.entries()) rows.set(name, values.at(index - 1) as Uint8Array);
      }),
    ),
  },
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 20, arbitrary: changes },
  { weight: 4, arbitrary: questions.map(asking) },
  { weight: 2, arbitrary: someRestart },
);

/** Processes on one disk, one after the other, with a shelf that outlives them. */
class Processes {
  readonly #disk: Disk;
  readonly #rows = new Map<string, Uint8Array>();
  workspace!: Workspace;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  async begin(): Promise<() => Promise<void>> {
    const disk = this.#disk;
    const rows = this.#rows;
    const shelf: Shelf = {
      get: async (name) => rows.get(name)?.slice(),
      set: async (name, value) => void rows.set(name, value),
      delete: async (name) => void rows.delete(name),
    };
    this.workspace = await openWorkspace('/r', { fileSystem: disk, clock: disk.clock, paranoid: false });
    const memory = this.workspace.remember?.({ shelf, clock: new ManualClock() });
    return async () => {
      await memory?.save();
      memory?.end();
      await this.workspace.close();
    };
  }

  async restart(end: () => Promise<void>, meanwhile: NonNullable<Step['restart']>) {
    await end();
    meanwhile(this.#rows);
    return this.begin();
  }
}

async function run(disk: Disk, history: readonly Step[]): Promise<Set<string>> {
  const met = new Set<string>();
  const processes = new Processes(disk);
  let end = await processes.begin();
  const asked: { question: Question; dependency: SourceDependency; answer: Truth }[] = [];
  for (const [index, { question, change, restart }] of history.entries()) {
    change(disk);
    if (restart !== undefined) end = await processes.restart(end, restart);
    const { workspace } = processes;
    if (question !== undefined) {
      const { dependency, answer } = await ask(workspace, question);
      expect([index, question, answer]).toEqual([index, question, inWords(question, truth(disk, question))]);
      asked.push({ question, dependency, answer });
    }
    for (const { question, dependency, answer } of asked) {
      const now = inWords(question, truth(disk, question));
      const expected = now === unknown ? unknown : now === answer ? 'same' : 'changed';
      const { state } = await workspace.check([dependency]);
      expect([index, question, state]).toEqual([index, question, expected]);
      met.add(`${question.ask} ${expected}`);
    }
  }
  await end();
  return met;
}

describe('the verdict on a dependency', () => {
  it('is "same" if and only if the answer is, after any history of the disk', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 10, 1_000, 2_000),
        fc.boolean(),
        fc.array(steps, { minLength: 5, maxLength: 40 }),
        async (grain, trace, history) => {
          for (const what of await run(smallDisk(grain, trace), history)) met.add(what);
        },
      ),
      { numRuns: 5 * (fc.readConfigureGlobal().numRuns ?? 100) },
    );
    for (const asked of ['read', 'hash', 'exists', 'list', 'glob']) {
      for (const verdict of ['same', 'changed', 'unknown']) expect(met).toContain(`${asked} ${verdict}`);
    }
  });

  const write = change('write', (disk) => disk.write('/r/a', 'aa'));
  const read = asking({ ask: 'read', path: 'a' });
  const idle = Array.from({ length: 50 }, () => wait(1));

  it('costs no hashing of a file that was left alone for more than two seconds', async () => {
    const disk = smallDisk(1_000, true);
    await run(disk, [write, wait(9_000), read, ...idle]);
    // One by the workspace, the others by the oracle: at the reading, and once for each verdict.
    expect(disk.opened).toBe(1 + 1 + 51);
  });

  it('costs none in the processes that come after, as long as what they are told is whole', async () => {
    const disk = smallDisk(1_000, true);
    const kept = restarting('', () => {});
    const lost = restarting('', (rows) => rows.clear());
    await run(disk, [write, wait(9_000), read, kept, wait(1), kept, wait(1), lost, kept]);
    // Two by the workspaces: at the reading, and when the shelf was empty.
    expect(disk.opened).toBe(2 + 1 + 7);
  });

  it('costs a hashing each time until then', async () => {
    const disk = smallDisk(1, true);
    await run(disk, [write, read, ...idle]);
    expect(disk.opened).toBe(52 + 1 + 51);
  });
});
