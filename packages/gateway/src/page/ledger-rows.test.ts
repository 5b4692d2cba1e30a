import { createCache, kind } from 'holdfast';
import { expect, it } from 'vitest';
import { ledgerTable } from './ledger-rows.ts';

it('shows a column for each kind that was used, and rows that sum to its calls', async () => {
  await using cache = createCache({ kinds: { outline: kind<string>(), unused: kind<string>() } });
  const outlines = cache.kind('outline');
  for (const key of ['a', 'a', 'b']) await outlines.getOrGenerate(key, async () => 'value');
  outlines.get('absent');

  const { kinds, rows } = ledgerTable(cache.stats());
  expect(kinds).toEqual(['outline']);
  const cells = Object.fromEntries(rows.map(({ name, cells }) => [name, cells[0]]));
  expect(cells).toMatchObject({
    hit: '1',
    stored: '0',
    generated: '2',
    failed: '0',
    missed: '1',
    calls: '4',
    'hit ratio': '25.0 %',
  });
  expect(cells).not.toHaveProperty('bypassed');
  expect(cells.entries).toBe('2');
});
