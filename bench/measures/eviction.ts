import type { Contender } from '../contenders/contender.ts';
import { open as openFloor } from '../contenders/map.ts';
import type { Share } from './hit.ts';
import { makeKeys, makeValues, median, seeded, turn } from './material.ts';

export interface EvictionOptions {
  readonly maximum: number;
  readonly universe: number;
  readonly operations: number;
  readonly rounds: number;
  /** Keys at random, of which a quarter is there; or round and round, so that every one is new. */
  readonly order: 'uniform' | 'cyclic';
}

const warmUp = 3;

/** `set` into a full cache, against a FIFO Map with a ring, in turns. Asynchronous sets are awaited every 1,000. */
export async function measureEviction(contender: Contender, options: EvictionOptions): Promise<Share> {
  const { maximum, universe, operations, rounds } = options;
  const keys = makeKeys(universe);
  const values = makeValues(keys);
  const random = seeded();
  const order = Uint32Array.from({ length: operations }, (_, i) =>
    options.order === 'cyclic' ? i % universe : Math.floor(random() * universe),
  );
  const floor = openFloor(maximum);
  const floorLoop = setLoop();
  const ownLoop = setLoop();
  const ratios: number[] = [];
  const floors: number[] = [];
  const owns: number[] = [];
  for (let round = -warmUp; round < rounds; round++) {
    const start = performance.now();
    await floorLoop(floor, order, keys, values);
    const middle = performance.now();
    await ownLoop(contender, order, keys, values);
    const end = performance.now();
    if (round >= 0) {
      ratios.push((middle - start) / (end - middle));
      floors.push(((middle - start) / operations) * 1e6);
      owns.push(((end - middle) / operations) * 1e6);
    }
    await turn();
  }
  return { ratio: median(ratios), nanoseconds: median(owns), floorNanoseconds: median(floors) };
}

type Loop = (
  subject: Contender,
  order: Uint32Array,
  keys: readonly string[],
  values: readonly unknown[],
) => Promise<void>;

function setLoop(): Loop {
  const body = `return (async () => {
    for (let i = 0; i < order.length; i += 1) {
      const settled = subject.set(keys[order[i]], values[order[i]]);
      if (i % 1000 === 999) await settled;
    }
  })();`;
  return new Function('subject', 'order', 'keys', 'values', body) as Loop;
}
