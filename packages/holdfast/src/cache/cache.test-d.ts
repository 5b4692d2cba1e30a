import { expectTypeOf } from 'vitest';
import type { EventOf } from '../events/event.ts';
import type { Cost } from '../model/cost.ts';
import type { Outcome, Resolution, StaleMark } from '../model/outcome.ts';
import { type Cache, createCache, type ScopedCache, type ValueOf } from './cache.ts';
import type { Handle, Peek } from './handle.ts';
import { kind } from './kind.ts';

interface Summary {
  text: string;
}

const cache = createCache({
  kinds: {
    summary: kind<Summary>({ ttl: '7d', staleIfError: '30d' }),
    counts: kind<readonly number[]>(),
  },
});

// Kinds are known by their names.
const summaries = cache.kind('summary');
expectTypeOf(summaries).toEqualTypeOf<Handle<Summary>>();
expectTypeOf(cache.kind('counts').get('key')).toEqualTypeOf<readonly number[] | undefined>();
expectTypeOf(cache.kind('default')).toEqualTypeOf<Handle<unknown>>();
expectTypeOf(cache.scope('tenant')).toExtend<ScopedCache<never> | object>();
expectTypeOf(cache.scope('tenant').kind('summary')).toEqualTypeOf<Handle<Summary>>();
// @ts-expect-error: there is no such kind
cache.kind('sumary');
// @ts-expect-error: without kinds there is only the default one
createCache().kind('summary');

// What goes in and comes out is the kind's.
expectTypeOf(summaries.getOrGenerate('key', async () => ({ text: '' }))).resolves.toEqualTypeOf<Summary>();
expectTypeOf(summaries.resolve('key', () => ({ text: '' }))).resolves.toEqualTypeOf<Resolution<Summary>>();
expectTypeOf(summaries.peek('key')).toEqualTypeOf<Peek<Summary> | undefined>();
expectTypeOf(summaries.lookup('key')).resolves.toEqualTypeOf<Resolution<Summary> | undefined>();
expectTypeOf(summaries.set('key', { text: '' })).resolves.toEqualTypeOf<{ readonly persisted: boolean }>();
// @ts-expect-error: a generator of another kind's values
summaries.getOrGenerate('key', async () => 1);
// @ts-expect-error: a set of another kind's value
summaries.set('key', { texts: '' });
// @ts-expect-error: a generator is a function
summaries.getOrGenerate('key', Promise.resolve({ text: '' }));

// ctx.skip and ctx.notModified are results of every generator.
expectTypeOf(
  summaries.getOrGenerate('key', async (ctx) =>
    ctx.stale === undefined ? ctx.skip({ text: '' }) : ctx.notModified(),
  ),
).resolves.toEqualTypeOf<Summary>();
// @ts-expect-error: what is skipped is handed over, and must be of the kind
summaries.getOrGenerate('key', async (ctx) => ctx.skip(1));

// The default kind is what the caller says; declared, it is what was declared.
expectTypeOf(cache.getOrGenerate('key', async () => 'text')).resolves.toEqualTypeOf<string>();
expectTypeOf(cache.getOrGenerate<number>('key', () => 1)).resolves.toEqualTypeOf<number>();
expectTypeOf(cache.get('key')).toEqualTypeOf<unknown>();
expectTypeOf(cache.get<string>('key')).toEqualTypeOf<string | undefined>();
const declared = createCache({ kinds: { default: kind<boolean>() } });
expectTypeOf(declared.get('key')).toEqualTypeOf<boolean | undefined>();
expectTypeOf(declared.kind('default')).toEqualTypeOf<Handle<boolean>>();
expectTypeOf<ValueOf<{ a: ReturnType<typeof kind<Summary>> }, 'a'>>().toEqualTypeOf<Summary>();
expectTypeOf<ValueOf<Record<never, never>, 'default'>>().toEqualTypeOf<unknown>();
expectTypeOf(createCache()).toExtend<Cache>();

// Many keys keep their own type.
const paths: string[] = [];
expectTypeOf(
  summaries.getOrGenerateMany(paths, async (missing) => {
    expectTypeOf(missing).toEqualTypeOf<readonly string[]>();
    return missing.map((key) => [key, { text: key }] as const);
  }),
).resolves.toEqualTypeOf<Map<string, Summary>>();
expectTypeOf(
  summaries.getOrGenerateMany(['a', 'b'], (missing) => missing.map((key) => [key, { text: key }] as const)),
).resolves.toEqualTypeOf<Map<'a' | 'b', Summary>>();
// @ts-expect-error: an entry of another kind's value
summaries.getOrGenerateMany(['a'], async (missing) => missing.map((key) => [key, 1] as const));

// Keys are strings or arrays of JSON.
summaries.get(['a', 1, null, { b: [true] }] as const);
// @ts-expect-error: a number is no key
summaries.get(1);
// @ts-expect-error: nor an object
summaries.get({ a: 1 });
// @ts-expect-error: nor an array of what is no JSON
summaries.get([new Date()]);

// Options.
summaries.getOrGenerate('key', () => ({ text: '' }), {
  timeout: '5s',
  staleAfter: 100,
  mode: 'refresh',
  tags: ['t'],
});
// @ts-expect-error: a duration has a unit
kind({ ttl: '7 days' });
// @ts-expect-error: a size has a unit
createCache({ maxBytes: '256' });
// @ts-expect-error: an option that there is not
createCache({ maxEntrys: 1 });
// @ts-expect-error: a mode that there is not
summaries.getOrGenerate('key', () => ({ text: '' }), { mode: 'fast' });
// @ts-expect-error: a selector's field that there is not
cache.invalidate({ tags: 't' });

// A resolution tells how it was come by.
expectTypeOf<Resolution<Summary>>().toEqualTypeOf<{
  readonly value: Summary;
  readonly outcome: Outcome;
  readonly age: number;
  readonly stale: StaleMark;
  readonly reason?: 'revalidating' | 'failed' | 'backoff' | 'timeout' | 'staleAfter' | 'dependency';
  readonly cost?: Cost;
}>();

// Listeners get the event that they named.
{
  using _off = cache.on('call.settled', (event) => {
    expectTypeOf(event).toEqualTypeOf<EventOf<'call.settled'>>();
    expectTypeOf(event.outcome).toEqualTypeOf<Outcome>();
  });
}
// @ts-expect-error: an event that there is not
cache.on('call.ended', () => {});

// Kinds check their own functions.
kind<Summary>({ weigh: ({ text }) => text.length, digest: ({ text }) => text });
// @ts-expect-error: a weight is a number
kind<Summary>({ weigh: ({ text }) => text });
