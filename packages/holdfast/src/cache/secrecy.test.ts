import { describe, expect, it } from 'vitest';
import { eventNames } from '../events/emitter.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';
import { heardOutput, shown } from './secrecy.test-support.ts';

const canaryKey = 'canary-key';
const canaryValue = 'canary-value';
const canaries = /canary-(?:key|value)/;

describe('keys and values never reach', () => {
  const output = heardOutput();

  it('error messages, nor what printing an error shows', async () => {
    const { cache, clock } = createTestCache({
      kinds: {
        default: kind<unknown>({ negativeTtl: '1h' }),
        strict: kind<unknown>({
          schema: {
            '~standard': {
              version: 1,
              vendor: 'test',
              validate: (value) => ({ issues: [{ message: `${String(value)} is wrong`, path: ['field'] }] }),
            },
          },
        }),
        quick: kind<unknown>({ generationTimeout: 1 }),
      },
    });
    const d = cache.define({ name: 'd', generate: async (_ctx, argument: unknown) => argument });
    const never = () => new Promise<never>(() => {});
    const key = canaryKey;
    const errors: Promise<unknown>[] = [
      cache.getOrGenerate(key, async () => undefined),
      cache.getOrGenerate(`${key} 2`, async (ctx) => ctx.notModified()),
      cache.getOrGenerate(`${key} 3`, () => cache.getOrGenerate(`${key} 3`, async () => 1)),
      cache.getOrGenerate(`${key} 4`, never, { timeout: 1 }),
      cache.getOrGenerate(`${key} 5`, never, { mode: 'cached' }),
      cache.kind('quick').getOrGenerate(key, never),
      cache.kind('strict').set(key, canaryValue),
      cache.kind('strict').getOrGenerate(key, async () => canaryValue),
      cache.getOrGenerateMany([`${key} 6`, `${key} 7`], async () => [[`${key} 7`, canaryValue]]),
      cache.getOrGenerate([key, new Map([[key, canaryValue]])] as never, never),
      cache.getOrGenerate([key, () => canaryValue] as never, never),
      cache.getOrGenerate({ key } as never, never),
      cache.lookup(d.in('tenant').key(key)),
      d({ [key]: new Set([canaryValue]) }),
      cache.invalidate({ key: [key, 1n] as never }),
      cache.set(key, Promise.resolve(canaryValue)),
    ];
    const settled = Promise.allSettled(errors);
    await clock.advance(10);
    for (const [index, result] of (await settled).entries()) {
      expect(result.status, `call ${index}`).toBe('rejected');
      expect(shown((result as PromiseRejectedResult).reason), `call ${index}`).not.toMatch(canaries);
    }
    await expect(cache.getOrGenerate(key, async () => 1)).rejects.toSatisfy(
      (error) => !canaries.test((error as Error).message),
    );
    expect(output.join()).not.toMatch(canaries);
  });

  it('events, as JSON or printed', async () => {
    const { cache, clock } = createTestCache({
      maxEntries: 2,
      maxEntryBytes: 2_000,
      kinds: { default: kind<unknown>({ ttl: '1m', staleIfError: '1h' }) },
    });
    const events: unknown[] = [];
    for (const name of eventNames) cache.on(name, (event) => events.push(event));
    const child = cache.define({ name: 'child', generate: async (_ctx, text: string) => text });
    await cache.set(canaryKey, canaryValue);
    await cache.getOrGenerate(canaryKey, async () => canaryValue);
    await cache.getOrGenerate([canaryKey, { [canaryKey]: 1 }], async (ctx) => {
      await cache.getOrGenerate(`${canaryKey} plain`, async () => canaryValue);
      return ctx.use(child, canaryValue);
    });
    await cache.getOrGenerate(`${canaryKey} big`, async () => canaryValue.repeat(1_000));
    await clock.advance(60_000);
    await cache
      .getOrGenerate(canaryKey, async () => {
        throw new Error('provider down');
      })
      .catch(() => {});
    await cache.expire({ key: canaryKey });
    await cache.invalidate({ key: [canaryKey] });
    await cache.invalidate({ key: child.key(canaryValue) });
    expect(new Set(events.map((event) => (event as { type: string }).type)).size).toBeGreaterThan(7);
    for (const event of events) expect(shown(event)).not.toMatch(canaries);
    expect(output.join()).not.toMatch(canaries);
  });

  it('stats, explanations, listings or a printed cache', async () => {
    const { cache } = createTestCache();
    const d = cache.define({ name: 'd', generate: async (_ctx, text: string) => text });
    await cache.getOrGenerate(canaryKey, async (ctx) => ctx.use(d, canaryValue));
    await cache
      .getOrGenerate(`${canaryKey} 2`, async () => {
        throw new Error(canaryValue);
      })
      .catch(() => {});
    expect(shown(cache.stats())).not.toMatch(canaries);
    expect(shown(await cache.explain(canaryKey))).not.toMatch(canaries);
    expect(shown(await cache.explain(`${canaryKey} 2`))).not.toMatch(canaries);
    expect(shown(d.key(canaryKey))).not.toMatch(canaries);
    expect(shown(await cache.dependents(d.key(canaryValue)))).not.toMatch(canaries);
    for await (const entry of cache.entries()) {
      expect(shown(entry)).not.toMatch(canaries);
      expect(JSON.stringify(entry.key.content())).toMatch(canaries);
    }
  });
});
