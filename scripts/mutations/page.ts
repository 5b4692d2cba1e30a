import type { Mutation, Promised } from './mutation.ts';

/** The promises that the rules are of: those with numbers are the design's. */
const promises: Readonly<Record<Promised, string>> = {
  1: 'One generation per key per process, and one exchange per question.',
  2: 'One generation per key per lease term across processes; an overtaken holder never commits.',
  3: 'No read begun after `invalidate()` resolved returns a value begun before it; on a machine within 100 ms, strictly at once.',
  4: 'A checked read that is not marked stale is never older than its files.',
  5: 'Nothing is regenerated that did not have to be.',
  6: 'Restart, `kill -9` and a deleted table of signatures change cost only, never values.',
  9: 'Stale is served only inside its window, and always marked.',
  10: 'A store that is slow, full, corrupt, locked or gone costs performance only.',
  11: 'A damaged record is never served; a damaged file never crashes the host.',
  12: 'No cross-scope hit or join.',
  13: 'Keys, prompts and values never reach logs, URLs or errors, nor anybody but the provider.',
  15: 'A bad answer is never kept.',
  guard:
    'Never more than the limits, nobody past its deadline, no scope starved, a sick provider left alone.',
  stream: 'One stream feeds all who follow it; who leaves disturbs nobody, and the last one ends it.',
  ledger: 'What was spent and saved is what was reported; simulated and real are never summed.',
};

/**
 * docs/mutations.md.
 *
 * @param noticed the tests that failed, by rule; of a rule that was not tried, `old` goes on saying who noticed
 * @param old the page as it was
 */
export function pageOf(
  mutations: readonly Mutation[],
  noticed: ReadonlyMap<string, readonly string[]>,
  old: string,
): string {
  const before = new Map(old.split('\n').flatMap(readRow));
  const rows = mutations.map(({ rule, promise, file }) => {
    const tests = noticed.get(rule);
    const by = tests === undefined ? before.get(rule) : namesOf(tests);
    return `| ${promise} | ${rule} | \`${file}\` | ${by ?? 'NOBODY'} |`;
  });
  return `# Every rule has a test that notices when it is off

${Object.entries(promises)
  .map(([promise, words]) => (/\d/.test(promise) ? `${promise}. ${words}` : `- ${promise}: ${words}`))
  .join('\n')}

Below, one rule after another was switched off in the source, and the tests were run: the last column
names the first test that failed. \`npm run mutations -- --record\` does it again and writes this page; the lists are in
\`scripts/mutations/\`, and \`npm test\` checks that each of its texts still stands in the source, once.

| promise | rule, switched off | in \`packages/holdfast/src\` | noticed by |
|---|---|---|---|
${rows.join('\n')}
`;
}

function namesOf([first, ...more]: readonly string[]): string | undefined {
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return first === undefined ? undefined : first.replaceAll('|', '\\|') + others;
}

/** @returns the rule of a row and who noticed; nothing for any other line */
function readRow(line: string): [string, string][] {
  const row = /^\| (?:\d+|[a-z]+) \| (?<rule>.*?) \| `[^`]*` \| (?<by>.*) \|$/.exec(line)?.groups;
  return row === undefined ? [] : [[row.rule as string, row.by as string]];
}
