/** What every contender is asked to do, each in its own idiom, with a ttl of an hour and a bound of `maximum` entries. */
export interface Contender {
  /** A synchronous read of what is kept; absent where the library has none. */
  get?(key: string): unknown;
  /** A read-through: what is kept, or what `generate` makes. */
  read?(key: string, generate: () => Promise<unknown>): Promise<unknown>;
  /** Keeps a value; a promise where the library's is asynchronous. */
  set(key: string, value: unknown): unknown;
  close?(): Promise<unknown>;
}

export const hour = 3_600_000;

/** Loaded one at a time: a child process knows no contender but its own. */
export const contenders = {
  map: () => import('./map.ts'),
  holdfast: () => import('./holdfast.ts'),
  'lru-cache': () => import('./lru-cache.ts'),
  bentocache: () => import('./bentocache.ts'),
  cacheable: () => import('./cacheable.ts'),
  'cache-manager': () => import('./cache-manager.ts'),
  unprotected: () => import('./unprotected.ts'),
} satisfies Record<string, () => Promise<{ open(maximum: number): Contender }>>;

export type ContenderName = keyof typeof contenders;
