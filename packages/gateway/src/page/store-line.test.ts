import { expect, it } from 'vitest';
import { storeLine } from './store-line.ts';

const store = {
  file: '.holdfast/store.sqlite',
  state: 'open',
  entries: 1119,
  bytes: 3_355_443,
  stored: 559,
} as const;

it('tells in one line where the store is, what it holds, and how warm the start was', () => {
  expect(storeLine({ store, state: 'ready', files: 559 })).toBe(
    'Store: .holdfast/store.sqlite, 1,119 entries, 3.2 MiB; warm: 559 of 559 outlines were stored',
  );
  expect(storeLine({ store: { ...store, entries: 1, stored: 0 }, state: 'ready', files: 1 })).toBe(
    'Store: .holdfast/store.sqlite, 1 entry, 3.2 MiB; cold: 0 of 1 outline was stored',
  );
});

it('counts nothing while the folder is read, and says where there is no store or a full one', () => {
  expect(storeLine({ store, state: 'reading', files: 3 })).toBe(
    'Store: .holdfast/store.sqlite, 1,119 entries, 3.2 MiB',
  );
  expect(storeLine({ store: { ...store, state: 'readonly' }, state: 'reading', files: 3 })).toMatch(
    /, takes nothing now$/,
  );
  expect(storeLine({ state: 'ready', files: 3 })).toMatch(/^No store: /);
});
