import { expect, test } from 'vitest';
import type { EditCost } from '../api/index.ts';
import { editSentence } from './edit-sentence.ts';

const nothing: EditCost = {
  files: 5_012,
  added: [],
  removed: [],
  regenerated: [],
  invalidated: [],
  restored: [],
  symbolIndex: 'unchanged',
  spentSeconds: 0.0071,
};

test.each<[Partial<EditCost>, string]>([
  [
    { regenerated: ['src/a.ts'] },
    'src/a.ts changed → 1 of 5,012 outlines, symbol index unchanged: early cutoff (8 ms)',
  ],
  [
    { regenerated: ['a', 'b', 'c', 'd', 'e'], symbolIndex: 'made', spentSeconds: 1.24 },
    'a, b, c and 2 others changed → 5 of 5,012 outlines, symbol index made again (1.2 s)',
  ],
  [
    { regenerated: ['.gitignore', 'n.ts'], added: ['n.ts'], removed: ['secret.ts'], symbolIndex: 'made' },
    '.gitignore changed, n.ts new, secret.ts gone → 2 of 5,012 outlines, symbol index made again (8 ms)',
  ],
  [
    { restored: ['a.ts', 'b.ts'], added: ['b.ts'], symbolIndex: 'restored', spentSeconds: 0 },
    'a.ts changed, b.ts new → 0 of 5,012 outlines, 2 restored, symbol index restored',
  ],
  [
    { regenerated: ['a.ts'], invalidated: ['a.ts'], files: 1 },
    'a.ts invalidated → 1 of 1 outline, symbol index unchanged: early cutoff (8 ms)',
  ],
  [
    { symbolIndex: 'failed' },
    'no source file changed → 0 of 5,012 outlines, symbol index not made: it failed (8 ms)',
  ],
])('%j is told as what it was', (cost, sentence) => {
  expect(editSentence({ ...nothing, ...cost })).toBe(sentence);
});
