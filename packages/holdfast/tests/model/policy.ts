import { kind } from '../../src/index.ts';

/** The windows of a kind as the oracle counts with them; milliseconds. */
export interface Windows {
  readonly ttl: number;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  readonly negativeTtl: number;
  readonly refreshAhead: number;
  readonly generationTimeout: number;
  readonly onAbandon: 'abort' | 'finish';
  readonly backoff: { readonly first: number; readonly longest: number };
}

const usual: Windows = {
  ttl: Number.POSITIVE_INFINITY,
  staleWhileRevalidate: 0,
  staleIfError: 0,
  negativeTtl: 0,
  refreshAhead: 1,
  generationTimeout: 300,
  onAbandon: 'abort',
  backoff: { first: 20, longest: 70 },
};

/** One kind for each way in which an entry's life can go. */
export const windows = {
  endless: usual,
  coalescing: { ...usual, ttl: 0 },
  aging: { ...usual, ttl: 100 },
  windowed: { ...usual, ttl: 100, staleWhileRevalidate: 50, staleIfError: 200 },
  tolerant: { ...usual, ttl: 100, staleIfError: 200, onAbandon: 'finish' },
  momentary: { ...usual, ttl: 0, staleWhileRevalidate: 40, staleIfError: 90 },
  negative: { ...usual, ttl: 100, negativeTtl: 80 },
  mixed: { ...usual, ttl: 100, negativeTtl: 160, staleIfError: 60, staleWhileRevalidate: 110 },
  ahead: { ...usual, ttl: 100, refreshAhead: 0.5, staleIfError: 60 },
  finishing: { ...usual, ttl: 100, refreshAhead: 0.5, staleWhileRevalidate: 30, onAbandon: 'finish' },
} as const satisfies Readonly<Record<string, Windows>>;

export type WindowsName = keyof typeof windows;
export const windowsNames = Object.keys(windows) as WindowsName[];

/** The same kinds as `createCache` takes them. */
export const kinds = Object.fromEntries(
  windowsNames.map((name) => {
    const { ttl, ...options } = windows[name];
    return [name, kind<string>({ ...options, ...(ttl !== Number.POSITIVE_INFINITY && { ttl }) })];
  }),
) as Record<WindowsName, ReturnType<typeof kind<string>>>;
