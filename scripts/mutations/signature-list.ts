import type { Mutation } from './mutation.ts';

const memory = 'src/workspace/signature-memory.test.ts';
const row = 'src/workspace/signature-row.test.ts';
const table = 'src/workspace/signature.test.ts';
const engine = 'tests/store/signatures.test.ts';

/** The rules of signatures that outlive the process: they change cost only, and a store that fails costs little. */
export const signatureMutations: readonly Mutation[] = [
  {
    rule: 'signatures are those of one root, on a shelf that several share',
    promise: 6,
    file: 'workspace/signature-row.ts',
    find: 'if (reader.byte() !== row || reader.hex(rootHashBytes) !== rootHash) return undefined;',
    replace: 'reader.byte();\n    reader.hex(rootHashBytes);',
    tests: [memory],
  },
  {
    rule: 'damaged signatures are none',
    promise: 6,
    file: 'workspace/seal.ts',
    find: '  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) return undefined;\n',
    replace: '',
    tests: [row],
  },
  {
    rule: 'what was learned is not replaced by what is loaded',
    promise: 6,
    file: 'workspace/signature.ts',
    find: '    if (this.#young.has(path) || this.#old.has(path)) return;\n',
    replace: '',
    tests: [table],
  },
  {
    rule: 'a check waits for the signatures that are on their way',
    promise: 5,
    file: 'workspace/workspace.ts',
    find: 'if (this.#loading === undefined) return this.#checking.check(dependencies);',
    replace: 'return this.#checking.check(dependencies);',
    tests: [memory],
  },
  {
    rule: 'a closed cache asks its store for signatures no more',
    promise: 10,
    file: 'cache/tier.ts',
    find: '    this.#signatures?.end();\n',
    replace: '',
    tests: [engine],
  },
  {
    rule: 'a shelf that does not answer fails, and is not taken for an empty one',
    promise: 10,
    file: 'cache/lent-shelf.ts',
    find: 'if (answer !== undefined) return answer.result;',
    replace: 'return answer?.result as R;',
    tests: [engine],
  },
];
