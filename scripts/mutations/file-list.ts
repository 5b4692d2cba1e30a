import type { Mutation } from './mutation.ts';

const exact = 'tests/exact/exact.test.ts';
const meanwhile = 'tests/exact/meanwhile.test.ts';
const disk = 'src/workspace/model.test.ts';
const faults = 'src/workspace/faults.test.ts';
const workspace = 'src/workspace/workspace.test.ts';

/** What a workspace says of files, directories and globs. */
export const fileMutations: readonly Mutation[] = [
  {
    rule: 'the racy rule: a signature stands in for a digest only if it was old enough when hashing began',
    promise: 4,
    file: 'workspace/signature.ts',
    find: '  return age > nanoseconds(',
    replace: '  return age > -1n || age > nanoseconds(',
    tests: [disk, exact],
  },
  {
    rule: 'old enough is 2 s, or twice the time of the read',
    promise: 4,
    file: 'workspace/signature.ts',
    find: 'Math.max(smallestWindow, 2 * took)',
    replace: 'Math.max(smallestWindow, 0 * took)',
    tests: ['src/workspace/signature.test.ts', faults],
  },
  {
    rule: 'a signature that moved while the file was read stands in for nothing',
    promise: 4,
    file: 'workspace/content.ts',
    find: 'const steady = sameSignature(before, after) && ',
    replace: 'const steady = ',
    tests: [faults, meanwhile],
  },
  {
    rule: 'ctime is a part of the signature',
    promise: 4,
    file: 'workspace/signature.ts',
    find: '    a.ctimeNs === b.ctimeNs &&\n',
    replace: '',
    tests: ['src/workspace/signature.test.ts', disk],
  },
  {
    rule: 'the inode is a part of the signature: a rename over a file is seen',
    promise: 4,
    file: 'workspace/signature.ts',
    find: '    a.ino === b.ino &&\n',
    replace: '',
    tests: ['src/workspace/signature.test.ts', disk],
  },
  {
    rule: 'the content decides: a touched, chmodded or identically rewritten file regenerates nothing',
    promise: 5,
    file: 'workspace/content.ts',
    find: "      digest: hasher?.digest('hex') ?? hash('sha256', bytes, 'hex'),",
    replace: "      digest: hash('sha256', bytes, 'hex') + after.mtimeNs,",
    tests: [workspace, exact],
  },
  {
    rule: 'what cannot be looked at (EACCES) is unknown, never absent',
    promise: 4,
    file: 'workspace/file-system.ts',
    find: "code === 'ENOENT' ||",
    replace: "code === 'ENOENT' || code === 'EACCES' ||",
    tests: [faults, exact],
  },
  {
    rule: 'a look serves only the checks that were asked for before it',
    promise: 4,
    file: 'workspace/checking.ts',
    find: '      if (check.round === this.#gathering) this.#gathering = undefined;\n',
    replace: '',
    tests: ['src/workspace/checking.test.ts', disk],
  },
  {
    rule: 'where a directory leads is looked up anew for each stretch of looks',
    promise: 4,
    file: 'workspace/checking.ts',
    find: '    this.#refresh();\n',
    replace: '',
    tests: [disk, exact],
  },
  {
    rule: 'who comes while a file is hashed, or a pattern searched for, shares the next run',
    promise: 4,
    file: 'workspace/shared-runs.ts',
    find: 'current.next ??= current.result.then(nothing, nothing).then(() => this.#begin(name, run));',
    replace: 'current.next ??= current.result;',
    tests: ['src/workspace/shared-runs.test.ts'],
  },
  {
    rule: 'the ignore files are a part of a glob',
    promise: 4,
    file: 'workspace/glob-walk.ts',
    find: "if (has('.gitignore') === 'file') {",
    replace: "if (has('.gitignore') === 'special') {",
    tests: [disk, exact],
  },
  {
    rule: 'a glob is of the files that it finds, by their names',
    promise: 4,
    file: 'workspace/glob-findings.ts',
    find: 'if (piece.length > 0) this',
    replace: 'if (piece.length > 1e9) this',
    tests: [disk, exact],
  },
  {
    rule: 'a directory is of the names in it',
    promise: 4,
    file: 'workspace/directory.ts',
    find: "names.sort().join('\\0')",
    replace: 'String(names.sort().length)',
    tests: [disk, exact],
  },
];
