import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EntryListing, HoldfastError, kind } from '../../src/index.ts';
import { assertInvariants, createTestCache } from '../../src/testing/index.ts';

/*
 * Promise 12: nothing that is done in other scopes can be seen in one. The same history is lived by one scope alone
 * and among others; all that the scope sees must be equal.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;

const deed = fc.record({
  scope: fc.constantFrom('own', 'own', 'other', ''),
  key: fc.constantFrom('a', 'b'),
  do: fc.constantFrom(
    'get',
    'getOrGenerate',
    'getOrGenerate',
    'use',
    'use',
    'fail',
    'lookup',
    'peek',
    'set',
    'many',
    'expire',
    'invalidate',
    'invalidateTag',
    'expireTag',
    'invalidateKind',
    'invalidateScope',
    'entries',
    'explain',
    'dependents',
    'stats',
    'advance',
  ),
});
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

/** What the scope `own` sees of a history; with `alone`, of its own part of it. */
async function live(history: readonly Deed[], alone: boolean): Promise<unknown[]> {
  const { cache, clock } = createTestCache({
    kinds: {
      value: kind<string>({ ttl: 50, staleIfError: 100, negativeTtl: 20 }),
      child: kind<string>({ ttl: 70 }),
    },
  });
  const child = cache.define({
    kind: 'child',
    name: 'child',
    generate: (_, key: string) => `child of ${key}`,
  });
  const parent = cache.define({
    kind: 'value',
    name: 'parent',
    generate: async (ctx, key: string) => `parent over ${await ctx.use(child, key)}`,
  });
  const seen: unknown[] = [];
  for (const [step, { scope, key, do: what }] of history.entries()) {
    if (what === 'advance') {
      // Time is everybody's.
      await clock.advance(15);
      continue;
    }
    if (alone && scope !== 'own') continue;
    const view = scope === '' ? cache : cache.scope(scope);
    const handle = view.kind('value');
    const value = `${scope}, step ${step}`;
    const act = async (): Promise<unknown> => {
      switch (what) {
        case 'get':
          return handle.get(key);
        case 'getOrGenerate':
          return handle.resolve(key, (ctx) => {
            ctx.tag('t');
            return value;
          });
        case 'use':
          return scope === '' ? parent(key) : parent.in(scope).resolve(key);
        case 'fail':
          return handle.resolve(key, () => Promise.reject(new Error(value)), { mode: 'refresh' });
        case 'lookup':
          return handle.lookup(key);
        case 'peek':
          return handle.peek(key);
        case 'set':
          return handle.set(key, value, { tags: ['t'] });
        case 'many':
          return [
            ...(await handle.getOrGenerateMany(['a', 'b'], (keys) =>
              keys.map((one) => [one, value] as const),
            )),
          ];
        case 'expire':
          return handle.expire(key);
        case 'invalidate':
          return handle.invalidate(key);
        case 'invalidateTag':
          return view.invalidate({ tag: 't' });
        case 'expireTag':
          return view.expire({ tag: 't' });
        case 'invalidateKind':
          return view.invalidate({ kind: 'child' });
        case 'invalidateScope':
          return scope === '' ? view.invalidate({ kind: 'value', key }) : view.invalidate({ scope });
        case 'entries': {
          const listed: EntryListing[] = [];
          for await (const entry of view.entries()) listed.push(entry);
          if (scope !== '') expect(listed.every((entry) => entry.scope === scope)).toBe(true);
          return listed.map((entry) => JSON.stringify([entry, entry.key.digest])).sort();
        }
        case 'explain':
          return [await handle.explain(key), await (scope === '' ? parent : parent.in(scope)).explain(key)];
        case 'dependents':
          return (await view.dependents(scope === '' ? child.key(key) : child.in(scope).key(key)))
            .map(String)
            .sort();
        case 'stats':
          return view.stats();
      }
    };
    const result = await act().catch((error: unknown) => {
      const { code } = HoldfastError.isInstance(error) ? error : { code: undefined };
      return { code, message: String(error) };
    });
    if (scope === 'own') seen.push([step, what, result]);
    if (scope !== '' || what === 'get') expect(JSON.stringify(result) ?? '').not.toMatch(strangers(scope));
  }
  assertInvariants(cache);
  return seen;
}

/** The values and failures of other scopes, which all carry their name. */
const strangers = (scope: string): RegExp =>
  scope === '' ? /"(own|other), step/ : scope === 'own' ? /(other|"|: ), step/ : /(own|"|: ), step/;

test('what a scope sees is the same whether or not others live beside it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { maxLength: 40, size: 'max' }), async (history) => {
      expect(await live(history, false)).toEqual(await live(history, true));
    }),
    { numRuns: rounds * 2 },
  );
});

test('a view can name no other scope in a selector', async () => {
  const { cache } = createTestCache();
  const view = cache.scope('own');
  await view.set('k', 'mine');
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('invalidate' as const, 'expire' as const),
      fc.oneof(
        fc.record({ scope: fc.string().filter((name) => name !== 'own') }),
        fc.constant({ allScopes: true as const }),
      ),
      async (action, selector) => {
        await expect(view[action](selector)).rejects.toMatchObject({ code: 'E_SCOPE' });
      },
    ),
  );
  expect(view.get('k')).toBe('mine');
});
