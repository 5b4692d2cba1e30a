import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { sqliteStore } from '../../src/adapters/sqlite/index.ts';
import { SystemClock } from '../../src/lib/clock.ts';
import { describeStore } from '../../src/testing/store-conformance.ts';
import { newSharedFolder, removeSharedFolders } from './folder.ts';

// A thousand commits one after another take as long as the disk takes, which others use, too.
vi.setConfig({ testTimeout: 30_000 });

describe('the SQLite store', () => {
  let folder = '';
  beforeAll(() => {
    folder = newSharedFolder();
  });
  afterAll(removeSharedFolders);

  describeStore(
    { describe, it },
    {
      open: (name) => sqliteStore(join(folder, `${name}.db`)),
      openSmall: (name) => sqliteStore(join(folder, `${name}.db`), { maxBytes: 500_000 }),
      clock: new SystemClock(),
      // Leases are on the machine's clock, which several processes share: there is no other to hand in.
      advance: (milliseconds) => setTimeout(milliseconds),
      term: 400,
    },
  );
});
