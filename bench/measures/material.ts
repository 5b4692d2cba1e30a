/** The same keys, values and orders in every process. */

/** Flat strings, as they come from a file or a socket: a template would make a rope, which is slower to look up. */
export function makeKeys(count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    Buffer.from(`src/folder-${i % 97}/file-${i}.ts`).toString('latin1'),
  );
}

export function makeValues(keys: readonly string[]): object[] {
  return keys.map((key, i) => ({ id: i, path: key, summary: 'one line' }));
}

/** A linear congruential generator: numbers in [0, 1) from a fixed seed. */
export function seeded(seed = 12_345): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export type Order = 'inserted' | 'zipf';

/** As many keys as there are: as inserted, or shuffled and drawn by Zipf's law (0.9). */
export function orderOf(keys: readonly string[], order: Order): string[] {
  if (order === 'inserted') return [...keys];
  const random = seeded();
  const shuffled = [...keys];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j] as string, shuffled[i] as string];
  }
  const cumulated = new Float64Array(keys.length);
  let sum = 0;
  for (let i = 0; i < keys.length; i++) {
    sum += 1 / (i + 1) ** 0.9;
    cumulated[i] = sum;
  }
  return shuffled.map(() => {
    const target = random() * sum;
    let low = 0;
    let high = keys.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulated[middle] as number) < target) low = middle + 1;
      else high = middle;
    }
    return shuffled[low] as string;
  });
}

export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The least of the list that so large a share of it does not exceed; NaN of an empty one. */
export function percentile(list: readonly number[], share: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Lets timers run, as they would in any program. */
export const turn = (milliseconds = 2): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
