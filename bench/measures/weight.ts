import type { Contender } from '../contenders/contender.ts';
import { makeKeys, makeValues } from './material.ts';

export interface WeightOptions {
  readonly entries: number;
  /** Reads every entry through once, so that what a hit keeps is weighed, too. */
  readonly afterReads: boolean;
}

/** Bytes an entry costs beyond its key and its value; needs `--expose-gc`. */
export async function measureWeight(make: () => Contender, options: WeightOptions): Promise<number> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('measuring memory needs node --expose-gc');
  const used = (): number => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const keys = makeKeys(options.entries);
  const values = makeValues(keys);
  const before = used();
  const contender = make();
  for (const [i, key] of keys.entries()) await contender.set(key, values[i]);
  if (options.afterReads && contender.read !== undefined) {
    for (const key of keys) await contender.read(key, async () => undefined);
  }
  const bytes = (used() - before) / options.entries;
  // Keeps keys, values and cache alive until they are weighed.
  if (contender.get !== undefined && contender.get(keys[0] as string) === undefined)
    throw new Error('lost an entry');
  if (values.length !== keys.length) throw new Error('lost a value');
  await contender.close?.();
  return bytes;
}
