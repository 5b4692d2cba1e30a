import type { Contender } from '../contenders/contender.ts';
import { makeKeys, makeValues, median, type Order, orderOf, turn } from './material.ts';

export interface HitOptions {
  readonly entries: number;
  /** Reads in a round: the first so many of the order. */
  readonly reads: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly order: Order;
}

/** Share of the floor's speed, and nanoseconds an operation; both medians of the rounds. */
export interface Share {
  readonly ratio: number;
  readonly nanoseconds: number;
  readonly floorNanoseconds: number;
}

/** `get` of what is there, against a bare Map, in turns: floor, contender, floor, contender. */
export async function measureGet(contender: Contender, options: HitOptions): Promise<Share | undefined> {
  if (contender.get === undefined) return undefined;
  const { keys, map } = await fill(contender, options);
  const floor = getLoop();
  const own = getLoop();
  return inTurns(
    options,
    keys.length,
    () => floor(map, keys),
    () => own(contender as Readable, keys),
  );
}

/** A read-through that finds its value, awaited, against `async () => map.get(key)`. */
export async function measureRead(contender: Contender, options: HitOptions): Promise<Share | undefined> {
  const { read } = contender;
  if (read === undefined) return undefined;
  const { keys, map } = await fill(contender, options);
  const values = makeValues(makeKeys(options.entries));
  // cacheable's two classes do not share their entries, so every contender is filled by its own read-through, too.
  const byKey = new Map(makeKeys(options.entries).map((key, i) => [key, values[i]]));
  for (const key of byKey.keys()) await read(key, async () => byKey.get(key));
  let generations = 0;
  const generate = async (): Promise<unknown> => {
    generations += 1;
    return undefined;
  };
  const plain = async (key: string): Promise<unknown> => map.get(key);
  const floor = async (): Promise<number> => {
    let found = 0;
    for (const key of keys) if ((await plain(key)) !== undefined) found += 1;
    return found;
  };
  const own = async (): Promise<number> => {
    let found = 0;
    for (const key of keys) if ((await read(key, generate)) !== undefined) found += 1;
    return found;
  };
  const share = await inTurns(options, keys.length, floor, own);
  if (generations > 0) throw new Error(`${generations} reads generated: they were no hits`);
  return share;
}

interface Readable {
  get(key: string): unknown;
}

async function fill(
  contender: Contender,
  options: HitOptions,
): Promise<{ keys: string[]; map: Map<string, unknown> }> {
  const all = makeKeys(options.entries);
  const values = makeValues(all);
  const map = new Map<string, unknown>();
  for (const [i, key] of all.entries()) {
    map.set(key, values[i]);
    await contender.set(key, values[i]);
  }
  return { keys: orderOf(all, options.order).slice(0, options.reads), map };
}

/** Floor, contender, floor, contender; both must come to `count`. `renew` comes after each round and is not measured. */
export async function inTurns(
  options: Pick<HitOptions, 'warmUp' | 'rounds'>,
  count: number,
  floor: () => number | Promise<number>,
  own: () => number | Promise<number>,
  renew?: () => Promise<void>,
): Promise<Share> {
  const ratios: number[] = [];
  const floors: number[] = [];
  const owns: number[] = [];
  for (let round = -options.warmUp; round < options.rounds; round++) {
    const start = performance.now();
    const foundByFloor = await floor();
    const middle = performance.now();
    const foundByOwn = await own();
    const end = performance.now();
    if (foundByFloor !== count || foundByOwn !== count) throw new Error(`found ${foundByOwn} of ${count}`);
    if (round >= 0) {
      ratios.push((middle - start) / (end - middle));
      floors.push(((middle - start) / count) * 1e6);
      owns.push(((end - middle) / count) * 1e6);
    }
    await renew?.();
    await turn();
  }
  return { ratio: median(ratios), nanoseconds: median(owns), floorNanoseconds: median(floors) };
}

/** A loop of its own for each side: V8 keeps what it learns of types per function body. */
export function getLoop(): (subject: Readable, keys: readonly string[]) => number {
  const body =
    'let found = 0; for (const key of keys) if (subject.get(key) !== undefined) found += 1; return found;';
  return new Function('subject', 'keys', body) as ReturnType<typeof getLoop>;
}

/** The same for reads that are awaited. */
export function readLoop(): (
  read: (key: string) => Promise<unknown>,
  keys: readonly string[],
) => Promise<number> {
  const body =
    'let found = 0; for (const key of keys) if ((await read(key)) !== undefined) found += 1; return found;';
  return new Function(`return async (read, keys) => { ${body} };`)() as ReturnType<typeof readLoop>;
}
