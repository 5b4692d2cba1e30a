/** What goes wrong with one call of a store. */
export type Fault =
  /** Nothing is done, and the call fails. */
  | { readonly type: 'error' }
  /** It is done, and the call fails. */
  | { readonly type: 'lost' }
  /** The call fails now, and it is done so much later: what a time-out may turn out to be. */
  | { readonly type: 'late'; readonly milliseconds: number }
  /** It is done so much later, and the call succeeds then. */
  | { readonly type: 'delay'; readonly milliseconds: number }
  /** It is done twice. The caller gets the second answer: that of a client that sends again what it has no answer to. */
  | { readonly type: 'repeated' }
  /** The bytes that come back are others; without `change`, some at random. Only reads and scans can suffer it. */
  | { readonly type: 'damage'; readonly change?: (bytes: Uint8Array) => Uint8Array };

/** One call, before it is done. */
export interface FaultyCall {
  readonly method: string;
  /** The first call of the store is 0. */
  readonly index: number;
}

/** Decides what goes wrong. */
export type Faults = (call: FaultyCall) => Fault | undefined;

/** The faults of each method, for its first call, its second, and so on; `undefined` for one that is to succeed. */
export function scriptedFaults(script: Readonly<Record<string, readonly (Fault | undefined)[]>>): Faults {
  const next = new Map<string, number>();
  return ({ method }) => {
    const index = next.get(method) ?? 0;
    next.set(method, index + 1);
    return script[method]?.[index];
  };
}

export interface RandomFaults {
  /** The same seed gives the same faults for the same calls. */
  readonly seed: number;
  /** How many calls go wrong, from 0 to 1. */
  readonly rate: number;
  /** What may go wrong, each as likely. */
  readonly faults: readonly Fault[];
}

export function randomFaults({ seed, rate, faults }: RandomFaults): Faults {
  const random = randomNumbers(seed);
  return () => (random() < rate ? faults[Math.floor(random() * faults.length)] : undefined);
}

/** Numbers from 0 to 1: mulberry32, by Tommy Ettinger (2017, public domain). */
export function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes with a few bits flipped, or cut off, or made longer, or replaced. */
export function damagedBytes(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = Math.floor(random() * bytes.length);
  switch (Math.floor(random() * 4)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return new Uint8Array([...bytes.subarray(0, at), Math.floor(random() * 256), ...bytes.subarray(at)]);
    case 2:
      return bytes.map(() => Math.floor(random() * 256));
    default: {
      const copy = new Uint8Array(bytes);
      if (copy.length > 0) copy[at] = (copy[at] as number) ^ (1 << Math.floor(random() * 8));
      return copy;
    }
  }
}
