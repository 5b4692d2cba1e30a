import fc from 'fast-check';

import type { Mode, Yield } from './state.ts';
import { keyNames, type Via } from './subject.ts';

/** An address by small numbers: the two kinds of a history are drawn apart from its steps. */
export interface Place {
  readonly scope: '' | 'tenant';
  readonly kind: 0 | 1;
  readonly key: string;
}

export interface Options {
  readonly mode: Mode;
  readonly timeout: number | undefined;
  readonly staleAfter: number | undefined;
  readonly ttl: number | undefined;
  readonly tags: readonly string[] | undefined;
  readonly signal: 'none' | 'live' | 'aborted';
}

type End = Yield['how'] | 'undefined';

/** Everything that can be done to a cache and its generators, as data: so that fast-check can show and shrink it. */
export type Step =
  | {
      readonly do: 'call';
      readonly place: Place;
      readonly via: Exclude<Via, 'get'>;
      readonly options: Options | undefined;
    }
  | {
      readonly do: 'many';
      readonly place: Place;
      readonly keys: readonly string[];
      readonly options: Options | undefined;
    }
  /** `fail`: a call whose generator, if it runs, fails at once. */
  | { readonly do: 'get' | 'explain' | 'fail'; readonly place: Place }
  | {
      readonly do: 'set';
      readonly place: Place;
      readonly ttl: number | undefined;
      readonly tags: readonly string[];
    }
  | { readonly do: 'setMany'; readonly place: Place }
  | { readonly do: 'expire' | 'invalidate'; readonly place: Place }
  | {
      readonly do: 'select';
      readonly action: 'expire' | 'invalidate';
      readonly from: '' | 'tenant';
      readonly by: {
        readonly kind?: 0 | 1;
        readonly tag?: string;
        readonly scope?: 'tenant';
        readonly allScopes?: true;
      };
    }
  | { readonly do: 'settle'; readonly which: number; readonly end: End }
  | { readonly do: 'tag'; readonly which: number; readonly tag: string }
  | { readonly do: 'abort'; readonly which: number }
  | { readonly do: 'advance'; readonly milliseconds: number }
  | { readonly do: 'jump'; readonly hours: number };

const tag = fc.constantFrom('t', 'u');
const place: fc.Arbitrary<Place> = fc.record({
  scope: fc.oneof({ weight: 4, arbitrary: fc.constant('' as const) }, fc.constant('tenant' as const)),
  kind: fc.constantFrom(0, 1),
  key: fc.oneof({ weight: 4, arbitrary: fc.constant('x') }, fc.constantFrom(...keyNames)),
});
const few = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const options: fc.Arbitrary<Options | undefined> = fc.option(
  fc.record({
    mode: fc.constantFrom<Mode[]>('default', 'default', 'default', 'refresh', 'bypass', 'cached'),
    timeout: few(fc.constantFrom(0, 13, 47, 211)),
    staleAfter: few(fc.constantFrom(0, 7, 31)),
    ttl: few(fc.constantFrom(0, 37)),
    tags: few(fc.subarray(['t', 'u'])),
    signal: fc.constantFrom('none', 'live', 'live', 'aborted'),
  }),
  { nil: undefined, freq: 2 },
);
const which = fc.nat(3);
const action = fc.constantFrom('expire' as const, 'invalidate' as const, 'invalidate' as const);

/** Any step, those that make histories interesting more often. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      place,
      via: fc.constantFrom('resolve', 'resolve', 'getOrGenerate', 'lookup'),
      options,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('many' as const),
      place,
      keys: fc.subarray(keyNames, { minLength: 1 }),
      options,
    }),
  },
  fc.record({ do: fc.constantFrom('get' as const, 'explain' as const), place }),
  fc.record({
    do: fc.constant('set' as const),
    place,
    ttl: few(fc.constantFrom(0, 37)),
    tags: fc.subarray(['t', 'u']),
  }),
  fc.record({ do: fc.constant('setMany' as const), place }),
  { weight: 2, arbitrary: fc.record({ do: action, place }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('select' as const),
      action,
      from: fc.constantFrom('', '', 'tenant'),
      by: fc.oneof(
        { weight: 4, arbitrary: fc.record({ tag }) },
        fc.record({ kind: fc.constantFrom(0, 1) }, { requiredKeys: ['kind'] }),
        fc.record({ tag, kind: fc.constantFrom(0, 1) }),
        fc.constantFrom({ scope: 'tenant' as const }, { allScopes: true as const }),
        fc.record({ tag, allScopes: fc.constant(true as const) }),
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which,
      end: fc.constantFrom<End[]>(
        'value',
        'value',
        'value',
        'error',
        'error',
        'skip',
        'notModified',
        'undefined',
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tag' as const), which, tag }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('abort' as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      milliseconds: fc.constantFrom(1, 9, 20, 30, 45, 50, 51, 60, 100, 160, 300),
    }),
  },
  fc.record({ do: fc.constant('jump' as const), hours: fc.constantFrom(-1, 1) }),
) as fc.Arbitrary<Step>;

const onePlace: Place = { scope: '', kind: 0, key: 'x' };

/** Steps of one entry whose generator fails, again and again: what back-off and remembered failures are about. */
export const failingStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>({ do: 'fail', place: onePlace }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      milliseconds: fc.constantFrom(9, 11, 20, 30, 35, 40, 70, 100),
    }),
  },
  fc.constant<Step>({ do: 'call', place: onePlace, via: 'resolve', options: undefined }),
  fc.constant<Step>({ do: 'expire', place: onePlace }),
  fc.constant<Step>({ do: 'set', place: onePlace, ttl: undefined, tags: [] }),
) as fc.Arbitrary<Step>;
