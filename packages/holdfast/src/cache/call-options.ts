import { type Duration, type Milliseconds, parseDuration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import { checkNames, type Freshness, oneOf } from './kind.ts';
import type { Viewer } from './viewer.ts';

/**
 * `default`; `refresh`: make it anew, whatever is kept; `bypass`: read, join and keep nothing; `cached`: never generate.
 */
export type Mode = 'default' | 'refresh' | 'bypass' | 'cached';

/** The options of one call. Those of the entry (`ttl`, `tags`) are its leader's; the others are each caller's own. */
export interface CallOptions {
  /** Rejects this caller alone, with `signal.reason`. */
  signal?: AbortSignal;
  /** The longest that this caller waits: then a stale value inside its window, or E_TIMEOUT. Default: no limit. */
  timeout?: Duration;
  /** After this time a stale value inside its window is good enough, if there is one. Default: never. */
  staleAfter?: Duration;
  mode?: Mode;
  /** Over the kind's. What a generator uses is checked all the same. */
  freshness?: Freshness;
  tags?: readonly string[];
  ttl?: Duration;
}

/** Call options, parsed. */
export interface Wishes {
  readonly signal: AbortSignal | undefined;
  readonly timeout: Milliseconds;
  readonly staleAfter: Milliseconds;
  readonly mode: Mode;
  /** Undefined: the kind's. */
  readonly freshness: Freshness | undefined;
  readonly tags: readonly string[];
  readonly ttl: Milliseconds | undefined;
  /** Is shown what a generation makes before it is whole. */
  readonly viewer?: Viewer;
}

export const noWishes: Wishes = {
  signal: undefined,
  timeout: Number.POSITIVE_INFINITY,
  staleAfter: Number.POSITIVE_INFINITY,
  mode: 'default',
  freshness: undefined,
  tags: [],
  ttl: undefined,
};

const names: Readonly<Record<keyof CallOptions, true>> = {
  signal: true,
  timeout: true,
  staleAfter: true,
  mode: true,
  freshness: true,
  tags: true,
  ttl: true,
};

/** @throws E_OPTION or E_DURATION naming the option and the bad value. */
export function parseCallOptions(options: CallOptions | undefined): Wishes {
  if (options === undefined) return noWishes;
  checkNames(options, names, 'a call');
  const { signal, timeout, staleAfter, mode, freshness, tags, ttl } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new HoldfastError('E_OPTION', `'signal' of a call must be an AbortSignal, not ${typeof signal}`);
  }
  return {
    signal,
    timeout: timeout === undefined ? Number.POSITIVE_INFINITY : parseDuration(timeout, "'timeout' of a call"),
    staleAfter:
      staleAfter === undefined
        ? Number.POSITIVE_INFINITY
        : parseDuration(staleAfter, "'staleAfter' of a call"),
    mode:
      mode === undefined
        ? 'default'
        : oneOf(mode, ['default', 'refresh', 'bypass', 'cached'], "'mode' of a call"),
    freshness:
      freshness === undefined
        ? undefined
        : oneOf<Freshness>(freshness, ['checked', 'watched'], "'freshness' of a call"),
    tags: tags === undefined ? [] : parseTags(tags),
    ttl: ttl === undefined ? undefined : parseDuration(ttl, "'ttl' of a call"),
  };
}

/** @throws E_OPTION if it is not an array of texts. */
export function parseTags(tags: readonly string[]): readonly string[] {
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string' && tag !== ''))
    return [...new Set(tags)];
  throw new HoldfastError('E_OPTION', "'tags' must be an array of non-empty strings");
}
