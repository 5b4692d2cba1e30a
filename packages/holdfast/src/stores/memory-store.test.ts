import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { describeStore, describeStoreUnderFaults, type StoreBench } from '../testing/store-conformance.ts';
import { MemoryBackend } from './memory-backend.ts';
import { MemoryStore } from './memory-store.ts';
import type { NewRecord, StoreChange } from './store.ts';

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
    clock,
    advance: (milliseconds) => clock.advance(milliseconds),
  };
}

describe('the memory store', () => {
  describeStore({ describe, it }, bench());
  const { seed = 1, numRuns = 100 } = fc.readConfigureGlobal();
  describeStoreUnderFaults({ describe, it }, bench(), { seed, rounds: numRuns });

  const record = (hash: string, bytes: number, uselessAt = Number.POSITIVE_INFINITY): NewRecord => ({
    hash,
    scope: '',
    kind: 'k',
    tags: [],
    paths: [],
    keys: [],
    uselessAt,
    envelope: new Uint8Array(bytes),
  });

  it('lets go of what nobody wants any more first, and then of what was used longest ago', async () => {
    const clock = new ManualClock();
    const store = new MemoryStore(new MemoryBackend({ clock, maxBytes: 100 }));
    await store.commit(record('a', 30));
    await store.commit(record('b', 30));
    await store.commit(record('useless', 30, clock.wall() + 10));
    await store.read('a');
    await clock.advance(10);
    await store.commit(record('c', 30));
    expect([...(await store.readMany(['b', 'a', 'useless', 'c'])).keys()]).toEqual(['b', 'a', 'c']);
    await store.commit(record('d', 30));
    expect([...(await store.readMany(['a', 'b', 'c', 'd'])).keys()]).toEqual(['a', 'c', 'd']);
    expect(store.status()).toMatchObject({ records: 3, bytes: 90 });
    expect(await store.commit(record('e', 101))).toBe('full');
  });

  it('refuses commits that began before what it remembers, and says that it has missed something', async () => {
    const backend = new MemoryBackend({ clock: new ManualClock(), keptChanges: 2 });
    const [store, other] = [new MemoryStore(backend), new MemoryStore(backend)];
    const heard: StoreChange[] = [];
    store.subscribe((change) => heard.push(change));
    const claim = await store.acquire('a', 1_000);
    if (claim.state !== 'acquired') throw new Error(claim.state);
    for (let count = 0; count < 9; count += 1)
      backend.log.append({ type: 'invalidated', selector: { tag: 't' } }, other);
    await store.catchUp();
    expect(heard).toEqual([{ type: 'missed' }]);
    expect(await store.commit(record('a', 1), claim)).toBe('fenced');
    await other.invalidate({ tag: 't' });
    await store.catchUp();
    expect(heard).toHaveLength(2);
  });

  it('tells the other listeners though one throws, and in their order though one asks for more', async () => {
    const backend = new MemoryBackend();
    const [store, other] = [new MemoryStore(backend), new MemoryStore(backend)];
    const heard = vi.fn();
    store.subscribe(({ type }) => {
      if (type === 'expired') void store.catchUp();
      throw new Error('of the listener');
    });
    store.subscribe(({ type }) => heard(type));
    await other.expire({ tag: 't' }, 0);
    await other.invalidate({ tag: 't' });
    await store.catchUp();
    expect(heard.mock.calls.flat()).toEqual(['expired', 'invalidated']);
  });

  it('leaves no timer behind', async () => {
    const clock = new ManualClock();
    const backend = new MemoryBackend({ clock });
    const [holder, waiter] = [new MemoryStore(backend), new MemoryStore(backend)];
    await holder.acquire('a', 1_000);
    const claim = await waiter.acquire('a', 1_000);
    if (claim.state !== 'held') throw new Error(claim.state);
    const waits = [
      waiter.waitForChange('a', claim.change, 500),
      holder.waitForChange('a', claim.change, 9_000),
    ];
    expect(clock.timers).toBe(2);
    await waiter.close();
    await waits[0];
    expect(clock.timers).toBe(1);
    // The lease runs out before the wait does.
    await clock.advance(1_000);
    await waits[1];
    expect(clock.timers).toBe(0);
  });

  it('repeats an option that it cannot take', () => {
    expect(() => new MemoryBackend({ keptChanges: 0 })).toThrow('not 0');
    expect(() => new MemoryBackend({ maxBytes: -1 })).toThrow('not -1');
  });
});
