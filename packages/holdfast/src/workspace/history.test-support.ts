import fc from 'fast-check';
import type { GlobOptions, SourceDependency } from '../model/dependency.ts';
import type { Reading } from '../trace/source.ts';
import { Disk } from './disk.test-support.ts';
import type { Workspace } from './index.ts';

/* Random histories of a small disk: what happens to it, and what is asked of a workspace meanwhile. */

export type Question =
  | { readonly ask: 'read' | 'hash' | 'exists' | 'list'; readonly path: string }
  | { readonly ask: 'glob'; readonly pattern: string; readonly options: GlobOptions };

/** Something that happens to the disk. */
export interface Change {
  /** For who reads a counterexample. */
  readonly text: string;
  readonly change: (disk: Disk) => unknown;
}

export const change = (text: string, act: Change['change']): Change => ({ text, change: act });

export function wait(time: number): Change {
  return change(`wait ${time}`, (disk) => {
    disk.wall += time;
  });
}

export function smallDisk(grain: number, moveLeavesTrace: boolean): Disk {
  const disk = new Disk({ grain, moveLeavesTrace });
  for (const directory of ['/r', '/r/d', '/r/d/e', '/out']) disk.directory(directory);
  disk.file('/out/x', 'aa');
  return disk;
}

export function put(workspace: Workspace, question: Question): Promise<Reading<unknown, SourceDependency>> {
  if (question.ask === 'glob') return workspace.glob(question.pattern, question.options);
  return workspace[question.ask](question.path);
}

const content = fc.constantFrom('aa', 'bb', 'c', '');
const files = ['a', 'b', 'd/c', 'd/e/c', '.gitignore', 'd/.gitignore', 'd/.x/c'] as const;
const somePath = fc.constantFrom(...files, 'd', 'd/e', 'd/.x');
const target = fc.constantFrom(
  ...['a', 'b', 'd/c', 'd', './d/../b', 'nowhere', '../out/x', '../out/nothing', 'd/../../r/a', '/r/d'],
);
const query = fc.record({
  ask: fc.constant('glob' as const),
  pattern: fc.constantFrom('**/*', '*', 'd/**/c', 'd/c'),
  options: fc.record(
    {
      dot: fc.boolean(),
      ignore: fc.constantFrom(['a'], ['!c'], ['d/']),
      unreadable: fc.constantFrom('refuse' as const, 'leave out' as const),
    },
    { requiredKeys: [] },
  ),
});
export const questions: fc.Arbitrary<Question> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ask: fc.constantFrom('read', 'read', 'hash'), path: somePath }) },
  { weight: 1, arbitrary: fc.record({ ask: fc.constantFrom('exists', 'list'), path: somePath }) },
  { weight: 2, arbitrary: query },
);

const at = (path: string) => `/r/${path}`;
const ignoring = fc.constantFrom('a', '!a', 'c', '!c', 'e/', 'd', '!d/');
const mode = fc.constantFrom(0o644, 0o600, 0o755, 0o755, 0o755, 0o400, 0o100, 0);
const writing = fc.tuple(fc.constantFrom(...files), content);

export const changes: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: writing.map(([path, text]) => change(`write ${path} ${text}`, (d) => d.write(at(path), text))),
  },
  {
    weight: 2,
    arbitrary: writing.map(([path, text]) => change(`save ${path} ${text}`, (d) => d.file(at(path), text))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('.gitignore', 'd/.gitignore'), ignoring)
      .map(([path, text]) => change(`write ${path} ${text}`, (d) => d.write(at(path), text))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(somePath, somePath)
      .map(([from, to]) => change(`move ${from} ${to}`, (d) => d.move(at(from), at(to)))),
  },
  { weight: 1, arbitrary: somePath.map((path) => change(`remove ${path}`, (d) => d.remove(at(path)))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('a', 'b', 'd', 'd/e'), target)
      .map(([path, to]) => change(`link ${path} ${to}`, (d) => d.link(at(path), to))),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('a', 'd', 'd/e', 'd/.x')
      .map((path) => change(`directory ${path}`, (d) => d.directory(at(path)))),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(somePath, fc.nat(40_000), mode)
      .map(([path, modified, permissions]) =>
        change(`touch ${path} ${permissions.toString(8)}`, (d) =>
          d.touch(at(path), { modified, permissions }),
        ),
      ),
  },
  { weight: 3, arbitrary: fc.constantFrom(1, 500, 1_999, 2_001, 9_000).map(wait) },
);

/** The root itself comes to harm. */
export const harms: fc.Arbitrary<Change> = fc.constantFrom(
  change('move the root away', (d) => d.move('/r', '/elsewhere')),
  change('move the root back', (d) => d.move('/elsewhere', '/r')),
  change('make the root anew', (d) => {
    d.directory('/r');
    d.directory('/r/d');
    d.file('/r/a', 'new');
  }),
  change('forbid the root', (d) => d.touch('/r', { permissions: 0 })),
  change('allow the root', (d) => d.touch('/r', { permissions: 0o755 })),
);
