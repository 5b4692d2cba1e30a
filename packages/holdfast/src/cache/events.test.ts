import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, it } from 'vitest';
import { channelName, eventNames } from '../events/emitter.ts';
import type { EventName, HoldfastEvent } from '../events/event.ts';
import { HeldGenerator } from '../testing/held-generator.ts';
import { settled } from '../testing/manual-clock.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

/** Writes down every event of a cache. */
function recorded(cache: {
  on: (name: never, listener: (event: never) => void) => unknown;
}): HoldfastEvent[] {
  const events: HoldfastEvent[] = [];
  for (const name of eventNames) cache.on(name as never, (event: never) => void events.push(event));
  return events;
}

describe('events', () => {
  it('tell a generation from its start to its commit and the calls that it settled', async () => {
    const { cache, clock } = createTestCache();
    const events = recorded(cache);
    const held = new HeldGenerator();
    const calls = [cache.getOrGenerate('key', held.generate), cache.getOrGenerate('key', held.generate)];
    await clock.advance(500);
    held.run(0).ctx.cost({ usd: 1 });
    held.run(0).resolve('value');
    await Promise.all(calls);
    cache.get('key');
    expect(events).toMatchObject([
      { type: 'generation.started', background: false, scope: '', kind: 'default' },
      { type: 'generation.succeeded', how: 'made', cost: { usd: 1, seconds: 0.5 } },
      { type: 'entry.committed', by: 'generation' },
      { type: 'call.settled', outcome: 'generated', waited: 500, stale: false },
      { type: 'call.settled', outcome: 'coalesced', waited: 500, stale: false },
      { type: 'call.settled', outcome: 'hit', waited: 0, stale: false },
    ]);
    expect(events.every((event) => 'key' in event && event.key.content() === 'key')).toBe(true);
  });

  it('tell a failure, with the error itself and how long regeneration is held back', async () => {
    const { cache, clock } = createTestCache();
    const events = recorded(cache);
    const error = new Error('provider down');
    await cache
      .getOrGenerate('key', () => {
        throw error;
      })
      .catch(() => {});
    expect(events).toMatchObject([
      { type: 'generation.started' },
      { type: 'generation.failed', error, background: false, retryAt: clock.now() + 1_000 },
      { type: 'call.settled', outcome: 'failed' },
    ]);
  });

  it('of a failure find the key free: who calls again then is not given the same failure', async () => {
    const { cache, clock } = createTestCache();
    const again: Promise<unknown>[] = [];
    cache.on('generation.failed', () => {
      if (again.length === 0) again.push(cache.getOrGenerate('failing', async () => 'second'));
    });
    cache.on('generation.abandoned', () => {
      again.push(cache.getOrGenerate('hanging', async () => 'third'));
    });
    await expect(cache.getOrGenerate('failing', () => Promise.reject(new Error('first')))).rejects.toThrow(
      'first',
    );
    const hanging = cache.getOrGenerate('hanging', () => new Promise(() => {}));
    hanging.catch(() => {});
    await clock.advance(120_000);
    await expect(hanging).rejects.toMatchObject({ code: 'E_GENERATION_TIMEOUT' });
    expect(await Promise.all(again)).toEqual(['second', 'third']);
  });

  it('of a failure cannot change what its waiters get, least of all into what another scope keeps', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    cache.on('generation.failed', () => {
      void cache.invalidate({ key: 'key' });
      void cache.scope('another').set('other', 'private');
    });
    expect(await cache.getOrGenerate('key', () => Promise.reject(new Error('provider down')))).toBe('old');
  });

  it('of a stale call find its refresh registered: who calls again then starts no second', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1h' }) },
    });
    const held = new HeldGenerator();
    await cache.set('key', 'old');
    await clock.advance(60_000);
    using _ = cache.on('call.settled', ({ outcome }) => {
      if (outcome === 'stale' && cache.stats().calls === 1) void cache.getOrGenerate('key', held.generate);
    });
    await cache.getOrGenerate('key', held.generate);
    expect([held.runs.length, cache.stats().outcomes.stale]).toEqual([1, 2]);
    held.run(0).resolve('new');
    await settled();
    expect(await cache.getOrGenerate('key', held.generate)).toBe('new');
  });

  it('of the start of a generation can make it unwanted: then its generator does not run', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1h' }) },
    });
    const held = new HeldGenerator();
    await cache.set('key', 'old');
    await clock.advance(60_000);
    cache.on('generation.started', () => void cache.invalidate({ key: 'key' }));
    expect(await cache.getOrGenerate('key', held.generate)).toBe('old');
    expect(held.runs).toEqual([]);
    expect(cache.stats().generations).toMatchObject({ started: 1, abandoned: 1, running: 0 });
  });

  it('tell why a generation was abandoned', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ generationTimeout: '1m' }) },
    });
    const why: string[] = [];
    cache.on('generation.abandoned', (event) => why.push(event.why));
    const held = new HeldGenerator();
    const controller = new AbortController();
    const calls = [
      cache.getOrGenerate('a', held.generate, { signal: controller.signal }),
      cache.getOrGenerate('b', held.generate),
      cache.getOrGenerate('c', held.generate),
    ];
    const all = Promise.allSettled(calls);
    controller.abort();
    held.run(2).resolve('c');
    await settled();
    await clock.advance(60_000);
    const last = cache.getOrGenerate('d', held.generate).catch(() => {});
    const closing = cache.close({ timeout: 1 });
    await clock.advance(1);
    await Promise.all([all, last, closing]);
    expect(why).toEqual(['unwanted', 'timeout', 'closed']);
  });

  it('tell renewed and skipped values, fenced, evicted and oversized ones', async () => {
    const { cache, clock } = createTestCache({
      maxEntries: 1,
      maxEntryBytes: 1_000,
      kinds: { default: kind<string>({ ttl: '1m' }) },
    });
    const events = recorded(cache);
    const last = (type: EventName) => events.findLast((event) => event.type === type);
    await cache.set('a', 'value');
    expect(last('entry.committed')).toMatchObject({ by: 'set' });
    await cache.set('b', 'value');
    expect(last('entry.evicted')).toMatchObject({ kind: 'default', weight: expect.any(Number) });
    await clock.advance(60_000);
    await cache.getOrGenerate('b', async (ctx) => ctx.notModified());
    expect(last('generation.succeeded')).toMatchObject({ how: 'renewed' });
    await cache.getOrGenerate('c', async (ctx) => ctx.skip('value'));
    expect(last('generation.succeeded')).toMatchObject({ how: 'skipped' });
    expect(await cache.getOrGenerate('d', async () => 'x'.repeat(1_000))).toHaveLength(1_000);
    expect(last('entry.oversized')).toMatchObject({ limit: 1_000, weight: expect.any(Number) });
    expect(cache.peek('d')).toBeUndefined();
    const held = new HeldGenerator();
    const call = cache.getOrGenerate('e', held.generate);
    await cache.invalidate({ key: 'e' });
    expect(last('entries.invalidated')).toMatchObject({ count: 0 });
    held.run(0).resolve('value');
    await call;
    expect(last('entry.fenced')).toMatchObject({ by: 'invalidation' });
    await cache.expire({ kind: 'default' });
    expect(last('entries.expired')).toMatchObject({ selector: { kind: 'default' }, count: 1 });
  });

  it('tell a dependency that changed, and one that cannot be looked at, once', async () => {
    const files = new MemoryFiles({ 'src/a.ts': 'one' });
    const { cache } = createTestCache({ workspace: files });
    const events: unknown[] = [];
    cache.on('dependency.changed', ({ state, dependency: on }) => events.push([state, on]));
    await cache.getOrGenerate('key', async (ctx) => ctx.file('src/a.ts'));
    await cache.lookup('key');
    files.contents.set('src/a.ts', 'two');
    for (let look = 0; look < 2; look += 1) await cache.lookup('key');
    files.broken = true;
    for (let look = 0; look < 2; look += 1) await cache.lookup('key');
    expect(events).toEqual([
      ['changed', 'src/a.ts'],
      ['unknown', 'src/a.ts'],
    ]);
  });

  it('mark background refreshes', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1m' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const events = recorded(cache);
    await cache.getOrGenerate('key', async () => 'new');
    await settled();
    expect(events).toMatchObject([
      { type: 'call.settled', outcome: 'stale', stale: 'aged' },
      { type: 'generation.started', background: true },
      { type: 'generation.succeeded', background: true },
      { type: 'entry.committed' },
    ]);
  });

  it('count every call once, however it ends', async () => {
    const { cache } = createTestCache();
    const outcomes: string[] = [];
    cache.on('call.settled', ({ outcome }) => outcomes.push(outcome));
    const held = new HeldGenerator();
    const controller = new AbortController();
    const calls = [
      cache.getOrGenerate('key', held.generate),
      cache.getOrGenerate('key', held.generate, { signal: controller.signal }),
      cache.getOrGenerate('key', async () => 'own', { mode: 'bypass' }),
    ];
    controller.abort();
    held.run(0).resolve('value');
    await Promise.allSettled(calls);
    cache.get('key');
    cache.get('missing');
    await cache.lookup('key');
    const stats = cache.stats();
    expect(outcomes).toHaveLength(stats.calls);
    expect(outcomes.toSorted()).toEqual(
      ['aborted', 'bypassed', 'coalesced', 'generated', 'hit', 'hit', 'missed'].filter(
        (name) => name !== 'coalesced',
      ),
    );
  });
});

describe('on', () => {
  it('tells of what is to come: a listener that subscribes anew in its turn is told once', async () => {
    const { cache } = createTestCache();
    let told = 0;
    cache.on('entry.committed', () => {});
    let off = cache.on('entry.committed', again);
    function again(): void {
      told += 1;
      off();
      if (told < 10) off = cache.on('entry.committed', again);
    }
    await cache.set('key', 'value');
    expect(told).toBe(1);
  });

  it('ends with the returned function, or with `using`', async () => {
    const { cache } = createTestCache();
    let heard = 0;
    const off = cache.on('entry.committed', () => {
      heard += 1;
    });
    await cache.set('a', 1);
    off();
    off();
    await cache.set('b', 1);
    expect(heard).toBe(1);
    {
      using _subscription = cache.on('entry.committed', () => {
        heard += 1;
      });
      await cache.set('c', 1);
    }
    await cache.set('d', 1);
    expect(heard).toBe(2);
  });

  it('of one function twice is two subscriptions, each with its own end', async () => {
    const { cache } = createTestCache();
    let heard = 0;
    const listener = () => {
      heard += 1;
    };
    const off = cache.on('entry.committed', listener);
    cache.on('entry.committed', listener);
    await cache.set('a', 1);
    off();
    await cache.set('b', 1);
    expect(heard).toBe(3);
  });

  it('refuses unknown names and listeners that are no functions', () => {
    const { cache } = createTestCache();
    expect(() => cache.on('entry.comitted' as never, () => {})).toThrow(
      expect.objectContaining({ code: 'E_OPTION', message: expect.stringContaining('entry.committed') }),
    );
    expect(() => cache.on('toString' as never, () => {})).toThrow(
      expect.objectContaining({ code: 'E_OPTION' }),
    );
    expect(() => cache.on('entry.committed', 'x' as never)).toThrow(
      expect.objectContaining({ code: 'E_OPTION' }),
    );
  });
});

describe('listeners that throw', () => {
  const warnings: (Error & { code?: string })[] = [];
  const listen = (warning: Error) => warnings.push(warning);
  afterEach(() => {
    process.off('warning', listen);
    warnings.length = 0;
  });

  it('change nothing for callers and other listeners, and are warned of without their message', async () => {
    process.on('warning', listen);
    const { cache } = createTestCache();
    let heard = 0;
    cache.on('call.settled', () => {
      throw new TypeError('canary in a listener');
    });
    cache.on('call.settled', async () => {
      throw new RangeError('canary in an asynchronous listener');
    });
    cache.on('call.settled', () => {
      heard += 1;
    });
    expect(await cache.getOrGenerate('key', async () => 'value')).toBe('value');
    expect(heard).toBe(1);
    await settled();
    await settled();
    expect(warnings.map(({ code }) => code)).toEqual(['W_LISTENER', 'W_LISTENER']);
    expect(warnings.map(({ message }) => message).join()).not.toContain('canary');
    expect(warnings.map(({ message }) => message).join()).toContain('TypeError');
  });
});

describe('the diagnostics channel', () => {
  it('gets every event of every cache', async () => {
    const heard: string[] = [];
    const listener = (event: unknown) => heard.push((event as HoldfastEvent).type);
    subscribe(channelName, listener);
    try {
      await createTestCache().cache.set('key', 'value');
      const { cache } = createTestCache();
      await cache.set('key', 'value');
      cache.get('key');
      expect(heard).toEqual(['entry.committed', 'entry.committed', 'call.settled']);
    } finally {
      unsubscribe(channelName, listener);
    }
  });
});
