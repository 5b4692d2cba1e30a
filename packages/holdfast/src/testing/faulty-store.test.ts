import { describe, expect, it } from 'vitest';
import { MemoryBackend } from '../stores/memory-backend.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import { type Fault, randomFaults, scriptedFaults } from './faults.ts';
import { FaultyStore } from './faulty-store.ts';
import { ManualClock, settled } from './manual-clock.ts';

const record = {
  hash: 'a',
  scope: '',
  kind: 'k',
  tags: [],
  paths: [],
  keys: [],
  uselessAt: Number.POSITIVE_INFINITY,
  envelope: Uint8Array.of(1, 2, 3, 4),
};
const failed = expect.objectContaining({ code: 'E_STORE' });

function setUp(script: Record<string, (Fault | undefined)[]>) {
  const clock = new ManualClock();
  const backend = new MemoryBackend({ clock });
  const store = new FaultyStore(new MemoryStore(backend), { faults: scriptedFaults(script), clock });
  return { clock, backend, store, truth: new MemoryStore(backend) };
}

describe('a faulty store', () => {
  it('is the store itself as long as nothing goes wrong', async () => {
    const { store, truth } = setUp({});
    expect(await store.commit(record)).toBe('committed');
    expect(await truth.read('a')).toEqual({ envelope: record.envelope, expiredAt: undefined });
    expect(await store.read('a')).toEqual(await truth.read('a'));
    expect(store.calls).toBe(2);
    expect(store.status()).toEqual(truth.status());
  });

  it('fails a call, and does nothing of it or all of it', async () => {
    const { store, truth } = setUp({ commit: [{ type: 'error' }, { type: 'lost' }] });
    await expect(store.commit(record)).rejects.toEqual(failed);
    expect(await truth.read('a')).toBeUndefined();
    await expect(store.commit(record)).rejects.toEqual(failed);
    expect(await truth.read('a')).toBeDefined();
  });

  it('does late what it said that it had not done', async () => {
    const { store, truth, clock } = setUp({ commit: [{ type: 'late', milliseconds: 100 }] });
    await expect(store.commit(record)).rejects.toEqual(failed);
    await clock.advance(99);
    expect(await truth.read('a')).toBeUndefined();
    await clock.advance(1);
    expect(await truth.read('a')).toBeDefined();
  });

  it('does nothing late after it was closed, and fails nobody with that', async () => {
    const { store, truth, clock } = setUp({ commit: [{ type: 'late', milliseconds: 100 }] });
    await expect(store.commit(record)).rejects.toEqual(failed);
    await store.close();
    await clock.advance(100);
    await settled();
    expect(await truth.read('a')).toBeUndefined();
  });

  it('takes its time', async () => {
    const { store, clock } = setUp({ read: [{ type: 'delay', milliseconds: 100 }] });
    let over = false;
    const reading = store.read('a').then(() => {
      over = true;
    });
    await clock.advance(99);
    expect(over).toBe(false);
    await clock.advance(1);
    await reading;
  });

  it('does a thing twice', async () => {
    const { store, backend } = setUp({ invalidate: [{ type: 'repeated' }] });
    expect(await store.invalidate({ tag: 't' })).toBe(2);
    expect(backend.log.sequence).toBe(2);
  });

  it('damages what it gives back, and not what it holds', async () => {
    const change = (bytes: Uint8Array) => bytes.fill(9);
    const damage: Fault[] = [{ type: 'damage', change }, { type: 'damage' }];
    const { store, truth } = setUp({ read: damage, readMany: damage, scan: damage });
    await truth.commit(record);
    expect((await store.read('a'))?.envelope).toEqual(Uint8Array.of(9, 9, 9, 9));
    expect((await store.read('a'))?.envelope).not.toEqual(record.envelope);
    expect((await store.readMany(['a'])).get('a')?.envelope).toEqual(Uint8Array.of(9, 9, 9, 9));
    for await (const { envelope } of store.scan({})) expect(envelope).toEqual(Uint8Array.of(9, 9, 9, 9));
    expect((await truth.read('a'))?.envelope).toEqual(record.envelope);
    expect((await store.read('a'))?.envelope).toEqual(record.envelope);
  });

  it('fails the calls of its tables by names of their own', async () => {
    const error: Fault[] = [{ type: 'error' }];
    const { store } = setUp({
      'table.get': error,
      'table.set': error,
      'table.delete': error,
      'table.entries': error,
    });
    const table = store.table('t');
    await expect(table.get('a')).rejects.toEqual(failed);
    await expect(table.set('a', new Uint8Array())).rejects.toEqual(failed);
    await expect(table.delete('a')).rejects.toEqual(failed);
    await expect(table.entries()[Symbol.asyncIterator]().next()).rejects.toEqual(failed);
    await table.set('a', Uint8Array.of(1));
    expect(await table.get('a')).toEqual(Uint8Array.of(1));
  });

  it('fails at random as often as it is told to, and the same for the same seed', () => {
    const faults: Fault[] = [{ type: 'error' }, { type: 'lost' }];
    const draw = (seed: number) => {
      const next = randomFaults({ seed, rate: 0.2, faults });
      return Array.from({ length: 1_000 }, (_, index) => next({ method: 'read', index })?.type);
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const count = (type: string | undefined) => draw(1).filter((fault) => fault === type).length;
    expect(count(undefined)).toBeGreaterThan(700);
    expect(count('error')).toBeGreaterThan(50);
    expect(count('lost')).toBeGreaterThan(50);
  });
});
