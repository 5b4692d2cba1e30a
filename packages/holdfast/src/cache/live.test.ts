import { describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../model/outcome.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import type { CallOptions } from './call-options.ts';
import type { GenerationContext } from './generator.ts';
import { type KindOptions, kind } from './kind.ts';
import { askLive, publish } from './live.ts';
import type { Viewer } from './viewer.ts';

class Watcher implements Viewer {
  readonly seen: { unfinished: unknown; outcome: Outcome }[] = [];
  isCommitted = false;
  show(unfinished: unknown, outcome: Outcome): void {
    this.seen.push({ unfinished, outcome });
  }
}

function setUp(options: KindOptions<string> = {}) {
  const { cache, clock } = createTestCache({
    kinds: { text: kind<string>({ ttl: '1m', ...options }) },
  });
  const runs: { ctx: GenerationContext; resolve(value: string): void; reject(error: unknown): void }[] = [];
  const generate = (ctx: GenerationContext): Promise<string> =>
    new Promise((resolve, reject) => runs.push({ ctx, resolve, reject }));
  const place = { scope: '', kind: 'text', key: 'key' };
  const call = (viewer?: Viewer, signal?: AbortSignal, more: CallOptions = {}) =>
    askLive<string>(cache, place, generate, { ...more, ...(signal && { signal }) }, viewer);
  return { cache, clock, runs, call, generate };
}

/** A value that is kept is too old, and of two callers who wait for a new one, the first has handed a part of it on. */
async function setUpStale() {
  const setting = setUp({ staleIfError: '1h' });
  const { clock, runs, call } = setting;
  const first = call();
  runs[0]?.resolve('kept');
  await first;
  await clock.advance(61_000);
  const [handed, waits] = [new Watcher(), new Watcher()];
  handed.isCommitted = true;
  return { ...setting, handed, waits };
}

describe('a value that is shown before it is whole', () => {
  it('is shown to all who wait and to whoever joins, who leads and who follows', async () => {
    const { cache, runs, call } = setUp();
    const [leader, follower, late] = [new Watcher(), new Watcher(), new Watcher()];
    const calls = [call(leader), call(follower), call()];
    publish(runs[0]?.ctx as GenerationContext, 'begi');
    calls.push(call(late));
    expect(leader.seen).toEqual([{ unfinished: 'begi', outcome: 'generated' }]);
    expect(follower.seen).toEqual([{ unfinished: 'begi', outcome: 'coalesced' }]);
    expect(late.seen).toEqual([{ unfinished: 'begi', outcome: 'coalesced' }]);
    runs[0]?.resolve('beginning and end');
    const answers = await Promise.all(calls);
    expect(answers.map(({ outcome }) => outcome)).toEqual([
      'generated',
      'coalesced',
      'coalesced',
      'coalesced',
    ]);
    expect(runs).toHaveLength(1);
    assertInvariants(cache);
  });

  it('is shown to who bypasses the cache, also where everything does, as that', async () => {
    const own = setUp();
    const caller = new Watcher();
    const one = own.call(caller, undefined, { mode: 'bypass' });
    vi.stubEnv('HOLDFAST_BYPASS', '1');
    const all = setUp();
    vi.unstubAllEnvs();
    const other = all.call(caller);
    for (const { runs } of [own, all]) {
      publish(runs[0]?.ctx as GenerationContext, 'part');
      runs[0]?.resolve('whole');
    }
    expect(caller.seen).toEqual(Array(2).fill({ unfinished: 'part', outcome: 'bypassed' }));
    expect([(await one).outcome, (await other).outcome]).toEqual(['bypassed', 'bypassed']);
  });

  it('is not shown to who has left, and the last one to leave ends it', async () => {
    const { cache, runs, call } = setUp();
    const [one, other] = [new AbortController(), new AbortController()];
    const [first, second] = [new Watcher(), new Watcher()];
    const calls = Promise.allSettled([call(first, one.signal), call(second, other.signal)]);
    one.abort(new Error('first leaves'));
    const ctx = runs[0]?.ctx as GenerationContext;
    publish(ctx, 'part');
    expect(first.seen).toEqual([]);
    expect(second.seen).toHaveLength(1);
    expect(ctx.signal.aborted).toBe(false);
    other.abort(new Error('second leaves'));
    expect(ctx.signal.aborted).toBe(true);
    await calls;
    // What a generator that was given up still shows, nobody sees: whoever comes now has a flight of its own.
    const third = new Watcher();
    const again = call(third);
    publish(ctx, 'more');
    expect(third.seen).toEqual([]);
    expect(runs).toHaveLength(2);
    runs[1]?.resolve('anew');
    expect(await again).toMatchObject({ value: 'anew', outcome: 'generated' });
    runs[0]?.resolve('too late');
    await settled();
    assertInvariants(cache);
  });

  it('is not shown to who leaves while others are shown it', async () => {
    const { cache, runs, call } = setUp();
    const controller = new AbortController();
    const first = new Watcher();
    const [seeing, second] = [
      { isCommitted: false, show: () => controller.abort(new Error('second leaves')) },
      new Watcher(),
    ];
    const calls = Promise.allSettled([call(first), call(seeing), call(second, controller.signal)]);
    publish(runs[0]?.ctx as GenerationContext, 'part');
    expect(first.seen).toHaveLength(1);
    expect(second.seen).toEqual([]);
    runs[0]?.resolve('part and rest');
    const [, , left] = await calls;
    expect(left).toEqual({ status: 'rejected', reason: new Error('second leaves') });
    assertInvariants(cache);
  });

  it('is not shown to who comes after an invalidation, while those before go on', async () => {
    const { cache, runs, call } = setUp();
    const [before, after] = [new Watcher(), new Watcher()];
    const one = call(before);
    publish(runs[0]?.ctx as GenerationContext, 'old');
    await cache.kind('text').invalidate('key');
    const two = call(after);
    expect(after.seen).toEqual([]);
    publish(runs[1]?.ctx as GenerationContext, 'new');
    expect(after.seen).toEqual([{ unfinished: 'new', outcome: 'generated' }]);
    runs[0]?.resolve('old value');
    runs[1]?.resolve('new value');
    expect((await one).value).toBe('old value');
    expect((await two).value).toBe('new value');
    assertInvariants(cache);
  });

  it('fails with the generation for who has handed a part on, and is stale for the others', async () => {
    const { cache, runs, call, handed, waits } = await setUpStale();
    const calls = Promise.allSettled([call(handed), call(waits)]);
    publish(runs[1]?.ctx as GenerationContext, 'part');
    const broken = new Error('broken off');
    runs[1]?.reject(broken);
    const [one, other] = await calls;
    expect(one).toEqual({ status: 'rejected', reason: broken });
    expect(other).toMatchObject({ status: 'fulfilled', value: { value: 'kept', outcome: 'stale' } });
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, failed: 1, stale: 1 });
    assertInvariants(cache);
  });

  it('is a failure to who cannot use the whole of it, and saves that caller nothing', async () => {
    const { cache, runs, call } = setUp();
    const refusal = new Error('of no use');
    const picky = Object.assign(new Watcher(), { refusalOf: () => refusal });
    const calls = Promise.allSettled([call(), call(picky), call(new Watcher())]);
    runs[0]?.ctx.cost({ inputTokens: 10 });
    runs[0]?.resolve('whole');
    expect(await calls).toMatchObject([
      { value: { outcome: 'generated' } },
      { reason: refusal },
      { value: { outcome: 'coalesced' } },
    ]);
    expect(cache.stats()).toMatchObject({
      outcomes: { coalesced: 1, failed: 1 },
      saved: { inputTokens: 10 },
    });
    assertInvariants(cache);
  });

  it('is what its time-out ends for who has handed a part on, where the others are given a stale value', async () => {
    const { cache, clock, runs, call, handed, waits } = await setUpStale();
    const calls = Promise.allSettled([handed, waits].map((one) => call(one, undefined, { timeout: '5s' })));
    publish(runs[1]?.ctx as GenerationContext, 'part');
    await clock.advance(5_000);
    const [one, other] = await calls;
    expect(one).toMatchObject({ status: 'rejected', reason: { code: 'E_TIMEOUT' } });
    expect(other).toMatchObject({ status: 'fulfilled', value: { value: 'kept', outcome: 'stale' } });
    runs[1]?.resolve('anew');
    await settled();
    assertInvariants(cache);
  });
});
