import type { Mutation } from './mutation.ts';

const conformance = 'tests/sqlite/conformance.test.ts';
const damage = 'tests/sqlite/damage.test.ts';
const envelope = 'src/stores/envelope.test.ts';
const group = 'src/adapters/sqlite/group-commit.test.ts';
const kill = 'tests/sqlite/kill.test.ts';
const log = 'src/adapters/sqlite/change-log.test.ts';
const memory = 'src/stores/memory-store.test.ts';
const notice = 'src/adapters/sqlite/change-notice.test.ts';
const sharing = 'tests/sqlite/sharing.test.ts';
const quarantine = 'src/adapters/sqlite/quarantine.test.ts';
const reader = 'src/stores/byte-reader.test.ts';
const stopped = 'tests/sqlite/stopped.test.ts';

/** What a store owes those who share it: whole records, leases, fences, and word of what was done. */
export const storeMutations: readonly Mutation[] = [
  {
    rule: 'every byte of a record is under its CRC-32',
    promise: 11,
    file: 'stores/envelope.ts',
    find: '  return view.getUint32(end, true) === crc32(bytes.subarray(0, end));',
    replace: '  return view.getUint32(end, true) >= 0;',
    tests: [envelope],
  },
  {
    rule: 'the key in a record is compared in full, not by its hash alone',
    promise: 11,
    file: 'stores/envelope.ts',
    find: "return record.key.equals(key) ? { ok: true, record: { ...record, key } } : refused('other key');",
    replace: 'return { ok: true, record: { ...record, key } };',
    tests: [envelope],
  },
  {
    rule: 'what a newer version has written is told from damage',
    promise: 11,
    file: 'stores/envelope.ts',
    find: "    if (viewOf(bytes).getUint8(place.version) > version) return refused('newer format');\n",
    replace: '',
    tests: [envelope],
  },
  {
    rule: 'no more is opened than a record may be long',
    promise: 11,
    file: 'stores/envelope.ts',
    find: "  if (length > maxBytes) return refused('too large');\n",
    replace: '',
    tests: [envelope],
  },
  {
    rule: 'no small envelope opens into a vast record',
    promise: 11,
    file: 'stores/envelope.ts',
    find: '(flags === 0 ? length !== stored : length > stored * mostCompressed);',
    replace: '(flags === 0 && length !== stored);',
    tests: [envelope],
  },
  {
    rule: 'nothing is read past the end of a record',
    promise: 11,
    file: 'stores/byte-reader.ts',
    find: '    if (length > this.left) throw',
    replace: '    if (length < 0) throw',
    tests: [reader],
  },
  {
    rule: 'in memory as on disk: a commit whose token does not hold is refused',
    promise: 2,
    file: 'stores/memory-backend.ts',
    find: "      if (this.leases.holder(hash) !== fence.token) return 'fenced';\n",
    replace: '',
    tests: [memory],
  },
  {
    rule: 'in memory as on disk: a commit that began before an invalidation is refused',
    promise: 3,
    file: 'stores/memory-backend.ts',
    find: "      if (!judgement.allowed) return 'fenced';\n",
    replace: '',
    tests: [memory],
  },
  {
    rule: 'a commit holds its token against the lease inside its own transaction',
    promise: 2,
    file: 'adapters/sqlite/operations.ts',
    find: "      if (!this.#leases.holds(record.hash, fence.token, now)) return 'fenced';\n",
    replace: '',
    tests: [conformance],
  },
  {
    rule: 'a lease whose term has ended holds no more, though nobody took it over',
    promise: 2,
    file: 'adapters/sqlite/leases.ts',
    find: 'Number(row.token) === token && Number(row.until) > now',
    replace: 'Number(row.token) === token',
    tests: [conformance, stopped],
  },
  {
    rule: 'a lease that has ended is free for the next',
    promise: 2,
    file: 'adapters/sqlite/leases.ts',
    find: 'if (until > now && believable)',
    replace: 'if (until > 0 && believable)',
    tests: [conformance],
  },
  {
    rule: 'tokens of one key grow, though its lease was forgotten',
    promise: 2,
    file: 'adapters/sqlite/leases.ts',
    find: 'row === undefined ? this.#floor() : Number(row.token)',
    replace: 'row === undefined ? 0 : Number(row.token)',
    tests: [log],
  },
  {
    rule: 'a failure is told only to those who waited for that very lease',
    promise: 2,
    file: 'adapters/sqlite/leases.ts',
    find: 'row.failed === joined ? failureOf',
    replace: 'row.failed !== null ? failureOf',
    tests: [conformance],
  },
  {
    rule: 'a set ends the lease of its key',
    promise: 2,
    file: 'adapters/sqlite/operations.ts',
    find: '      this.#leases.end(hash, now);\n',
    replace: '',
    tests: [conformance],
  },
  {
    rule: 'an invalidation ends the lease of a key that has no record yet',
    promise: 3,
    file: 'adapters/sqlite/operations.ts',
    find: '    if (selector.hash !== undefined) this.#leases.end(selector.hash, now);\n',
    replace: '',
    tests: [conformance],
  },
  {
    rule: 'a commit that began before an invalidation is refused, in its own transaction',
    promise: 3,
    file: 'adapters/sqlite/operations.ts',
    find: "if (verdict.state === 'forbidden') return 'fenced';",
    replace: "if (verdict.state === 'forbidden') return this.#commit(record, undefined, encoded, now);",
    tests: [conformance],
  },
  {
    rule: 'what was expired meanwhile is committed aged',
    promise: 9,
    file: 'adapters/sqlite/operations.ts',
    find: '      expired = verdict.expired;\n',
    replace: '',
    tests: [conformance],
  },
  {
    rule: 'a commit from before what the log remembers is refused',
    promise: 3,
    file: 'adapters/sqlite/change-log.ts',
    find: "    if (sequence < numberOf(this.#database, 'SELECT trimmed FROM totals')) return { state: 'forbidden' };\n",
    replace: '',
    tests: [log],
  },
  {
    rule: 'another process hears of an invalidation within 100 ms',
    promise: 3,
    file: 'adapters/sqlite/change-notice.ts',
    find: 'setInterval(() => this.#lookQuietly(), every)',
    replace: 'setInterval(() => this.#lookQuietly(), every * 20)',
    tests: [sharing],
  },
  {
    rule: 'another process hears that it has missed something',
    promise: 3,
    file: 'adapters/sqlite/change-notice.ts',
    find: "        this.#emit({ type: 'missed' });\n",
    replace: '',
    tests: [notice],
  },
  {
    rule: 'nothing is acknowledged before COMMIT',
    promise: 6,
    file: 'adapters/sqlite/group-commit.ts',
    find: "      this.#database.exec('COMMIT');",
    replace:
      "      this.#report({ type: 'done', results: results.splice(0) });\n      this.#database.exec('COMMIT');",
    tests: [group, kill],
  },
  {
    rule: 'what decides about serving, and no envelope covers, is sealed',
    promise: 11,
    file: 'adapters/sqlite/read-connection.ts',
    find: "  if (row.seal !== seal(hash, expired ?? null, size, coding)) return { state: 'damaged' };\n",
    replace: '',
    tests: [damage],
  },
  {
    rule: 'a file that somebody had open and did not close is checked before it is used',
    promise: 11,
    file: 'adapters/sqlite/opening.ts',
    find: '  if (suspicious || dead.length > 0) check(database, path);',
    replace: '  if (suspicious) check(database, path);',
    tests: [damage],
  },
  {
    rule: 'a file that does not pass its check is moved aside',
    promise: 11,
    file: 'adapters/sqlite/opening.ts',
    find: "      if (reason === 'damaged') condemn();",
    replace: "      if (reason === 'damaged') throw error;",
    tests: [damage],
  },
  {
    rule: 'with a damaged file goes its log',
    promise: 11,
    file: 'adapters/sqlite/quarantine.ts',
    find: '    if (existsSync(path + suffix)) renameSync(',
    replace: '    if (suffix.length === 0) renameSync(',
    tests: [quarantine],
  },
];
