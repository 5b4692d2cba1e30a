import { describe, it } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { describeStore, type StoreBench } from '../testing/store-conformance.ts';
import { MemoryBackend } from './memory-backend.ts';
import { MemoryStore } from './memory-store.ts';

function bench(clock = new ManualClock()): StoreBench {
  const backends = new Map<string, MemoryBackend>();
  const over = (name: string, maxBytes: number) => {
    const backend = backends.get(name) ?? new MemoryBackend({ clock, maxBytes });
    backends.set(name, backend);
    return new MemoryStore(backend);
  };
  return {
    open: async (name) => over(name, 64e6),
    openSmall: async (name) => over(name, 500_000),
    wall: () => clock.wall(),
    advance: (milliseconds) => clock.advance(milliseconds),
  };
}

describe('the memory store', () => {
  describeStore({ describe, it }, bench());
});
