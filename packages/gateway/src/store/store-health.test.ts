import { createCache, type EventName, type EventOf, type Listener } from 'holdfast';
import { MemoryStore } from 'holdfast/testing';
import { expect, test } from 'vitest';
import { StoreHealth } from './store-health.ts';

/** The health of a store, as told by events of the test's own. */
function healthOf(store = new MemoryStore()) {
  const listeners = new Map<EventName, unknown>();
  const told: string[] = [];
  const on = <N extends EventName>(name: N, listener: Listener<N>) => {
    listeners.set(name, listener);
    return Object.assign(() => undefined, { [Symbol.dispose]: () => undefined });
  };
  const health = new StoreHealth(store, { on } as never, (warning) => told.push(warning));
  const emit = <N extends EventName>(event: EventOf<N>) => (listeners.get(event.type) as Listener<N>)(event);
  return { health, told, emit };
}

const failed = {
  type: 'store.failed',
  operation: 'commit',
  error: Object.assign(new Error('a secret path'), { code: 'E_STORE' }),
  resting: false,
} as const;

test('a store that fails again and again is told of once, and stands in the warnings until it answers', () => {
  const { health, told, emit } = healthOf();
  for (let time = 0; time < 1_000; time += 1) emit(failed);
  const warning = 'the store does not do what it is asked (commit, E_STORE): memory has to do';
  expect(told).toEqual([warning]);
  expect(health.warnings).toEqual([warning]);
  emit({ type: 'store.recovered' });
  emit(failed);
  emit({ type: 'store.recovered' });
  expect(told).toEqual([warning, 'the store answers again']);
  expect(health.warnings).toEqual(['the store failed 1,001 times, and answers again']);
});

test('entries that cannot be read or stored are counted, and told of once for each reason', () => {
  const { health, told, emit } = healthOf();
  const key = createCache()
    .define({ name: 'n', generate: () => 1 })
    .key();
  const entry = { scope: '', kind: 'outline', key } as const;
  for (const reason of ['damaged', 'damaged', 'newer format'])
    emit({ type: 'record.refused', ...entry, reason });
  for (let time = 0; time < 3; time += 1) emit({ type: 'entry.unstorable', ...entry, why: 'value' });
  emit({ type: 'entry.unstorable', ...entry, why: 'room' });
  expect(told).toEqual([
    'a record of the store is not used (damaged): it is made again',
    'a record of the store is not used (newer format): it is made again',
    'an entry of kind outline cannot be stored: it stays in memory',
  ]);
  expect(health.warnings).toEqual([
    '2 records of the store not used (damaged): made again',
    '1 record of the store not used (newer format): made again',
    '3 times an entry of kind outline could not be stored',
  ]);
});

test('what the store says of itself is told once, when it is looked at', () => {
  const store = new MemoryStore();
  const { health, told } = healthOf(
    Object.assign(Object.create(store) as MemoryStore, {
      status: () => ({ state: 'readonly', records: 0, bytes: 0, warnings: ['the disk is full'] }),
    }),
  );
  health.look();
  health.look();
  expect(told).toEqual(['the store: the disk is full']);
  expect(health.warnings).toEqual(['the store: the disk is full']);
});
