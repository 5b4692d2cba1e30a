import type { Mutation } from './mutation.ts';

const faults = 'tests/store/faults.test.ts';
const order = 'tests/store/order.test.ts';
const regressions = 'tests/store/regressions.test.ts';

/** What a store that fails, or says what cannot be, may cost. */
export const faultMutations: readonly Mutation[] = [
  {
    rule: 'each question to the store has a deadline',
    promise: 10,
    file: 'cache/store-line.ts',
    find: "const timer = clock.setTimeout(() => resolve('late'), limit);",
    replace: 'const timer = clock.setTimeout(() => {}, limit);',
    tests: [faults],
  },
  {
    rule: 'a store that fails five times in a row is left alone',
    promise: 10,
    file: 'cache/store-line.ts',
    find: '    if (this.#failures >= mostFailures && clock.now() < this.#askAgainAt) return undefined;\n',
    replace: '',
    tests: [faults],
  },
  {
    rule: 'a store that goes on failing is asked later and later',
    promise: 10,
    file: 'cache/store-line.ts',
    find: 'rest.first * 2 ** Math.min(over, 20)',
    replace: 'rest.first',
    tests: [faults],
  },
  {
    rule: 'at its first answer it is told what it has missed',
    promise: 10,
    file: 'cache/store-line.ts',
    find: '    this.#onRecovery();\n',
    replace: '',
    tests: [order],
  },
  {
    rule: 'of each key the newest value is written again',
    promise: 10,
    file: 'cache/backlog.ts',
    find: '      const done = await this.#teller.write(unwritten);',
    replace: '      const done = true;',
    tests: [faults, regressions],
  },
  {
    rule: 'a value is not written again over a newer one that another process has made',
    promise: 10,
    file: 'cache/store-writer.ts',
    find: '      if (!unwritten.isSet) await this.#reader.load(partition, [key.id]);\n',
    replace: '',
    tests: [order],
  },
  {
    rule: 'a set that the store did not take is an invalidation when it is written again',
    promise: 3,
    file: 'cache/store-writer.ts',
    find: '    if (unwritten.isSet) {\n',
    replace: "    if (unwritten.isSet && hash === '') {\n",
    tests: [regressions],
  },
  {
    rule: 'a store that cannot tell of changes is not asked without end',
    promise: 10,
    file: 'cache/leases.ts',
    find: 'Math.min(wait, unnotified)).unref()',
    replace: '0).unref()',
    tests: [regressions],
  },
  {
    rule: 'a damaged record is taken out of the store',
    promise: 11,
    file: 'cache/store-reader.ts',
    find: "if (reason === 'damaged')",
    replace: "if (reason === 'other key')",
    tests: [faults],
  },
  {
    rule: 'a record from a time that cannot be is aged',
    promise: 9,
    file: 'cache/stored-entries.ts',
    find: 'const believable = age > -tolerance && age < absurdAge;',
    replace: 'const believable = age < Number.POSITIVE_INFINITY;',
    tests: [regressions],
  },
  {
    rule: 'what was expired is aged, whatever the clock was then',
    promise: 9,
    file: 'cache/stored-entries.ts',
    find: ': Math.min(expiredAt ?? clock.wall(), clock.wall());',
    replace: ': (expiredAt ?? clock.wall());',
    tests: [regressions],
  },
];
