import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { HoldfastProviderTimeoutError } from '../lib/errors.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { type BodyOptions, guardBody } from './body.ts';
import { Deadline, runWithin } from './deadline.ts';

const never = () => new Promise<never>(() => {});

describe('work within a time', () => {
  test('is rejected by its time-out even if it never settles, and its signal knows why', async () => {
    const clock = new ManualClock();
    let signal: AbortSignal | undefined;
    const value = runWithin(
      (own) => {
        signal = own;
        return never();
      },
      { clock, timeout: 100, limit: 'attempt' },
    );
    const failed = value.catch((error: unknown) => error);
    await clock.advance(100);
    const error = await failed;
    expect(error).toBeInstanceOf(HoldfastProviderTimeoutError);
    expect(error).toMatchObject({ code: 'E_PROVIDER_TIMEOUT', limit: 'attempt' });
    expect(signal?.reason).toBe(error);
  });

  test('is the time-out’s error although the work turns its abort into one of its own', async () => {
    const clock = new ManualClock();
    const value = runWithin(
      (own) =>
        new Promise((_, reject) => own.addEventListener('abort', () => reject(new Error('AbortError')))),
      { clock, timeout: 100, limit: 'call' },
    );
    const failed = expect(value).rejects.toMatchObject({ limit: 'call' });
    await clock.advance(100);
    await failed;
  });

  test('is rejected with exactly the reason of its caller’s abort', async () => {
    const clock = new ManualClock();
    for (const reason of [new Error('mine'), 'a text', 0, null]) {
      const controller = new AbortController();
      const value = runWithin(never, { clock, timeout: 100, limit: 'call', signal: controller.signal });
      controller.abort(reason);
      await expect(value).rejects.toBe(reason);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    }
    expect(clock.timers).toBe(0);
  });

  test.each(['resolves', 'rejects', 'throws'])('leaves no timer and no listener when it %s', async (how) => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    const work = () => {
      if (how === 'throws') throw new Error('x');
      return how === 'resolves' ? Promise.resolve() : Promise.reject(new Error('x'));
    };
    await runWithin(work, { clock, timeout: 100, limit: 'call', signal }).catch(() => undefined);
    expect(clock.timers).toBe(0);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('does not start without time, or for a caller who has left', async () => {
    const clock = new ManualClock();
    let runs = 0;
    const work = () => {
      runs += 1;
    };
    await expect(runWithin(work, { clock, timeout: 0, limit: 'call' })).rejects.toMatchObject({
      limit: 'call',
    });
    const signal = AbortSignal.abort('gone');
    await expect(runWithin(work, { clock, timeout: 9, limit: 'call', signal })).rejects.toBe('gone');
    expect(runs).toBe(0);
  });

  test.each([
    [30_000, { 'x-server-timeout': '30' }],
    [29_001, { 'x-server-timeout': '30' }],
    [0, { 'x-server-timeout': '1' }],
    [Number.POSITIVE_INFINITY, {}],
  ])('tells the server of %d ms', (remaining, headers) => {
    expect(Deadline.headers(remaining)).toEqual(headers);
  });
});

describe('a guarded body', () => {
  function bench(more: Partial<BodyOptions> = {}) {
    const clock = new ManualClock();
    const aborted: unknown[] = [];
    const options: BodyOptions = {
      clock,
      firstByte: 1_000,
      betweenChunks: 100,
      abort: (reason) => aborted.push(reason),
      ...more,
    };
    let push: (chunk: string) => void = () => {};
    let close = () => {};
    const cancelled: unknown[] = [];
    const source = new ReadableStream<string>(
      {
        start: (controller) => {
          push = (chunk) => controller.enqueue(chunk);
          close = () => controller.close();
        },
        cancel: (reason) => void cancelled.push(reason),
      },
      { highWaterMark: 0 },
    );
    return {
      clock,
      options,
      aborted,
      cancelled,
      source,
      push: (chunk: string) => push(chunk),
      close: () => close(),
    };
  }

  test('hands every chunk on and ends as its source does', async () => {
    const { clock, options, source, push, close, aborted } = bench();
    const reader = guardBody(source, options).getReader();
    push('a');
    expect(await reader.read()).toEqual({ done: false, value: 'a' });
    // The time of a slow reader is not the provider's.
    await clock.advance(10_000);
    push('b');
    expect(await reader.read()).toEqual({ done: false, value: 'b' });
    close();
    expect(await reader.read()).toMatchObject({ done: true });
    expect([clock.timers, aborted]).toEqual([0, []]);
  });

  test('times out before its first byte', async () => {
    const { clock, options, source, aborted, cancelled } = bench();
    const failed = guardBody(source, options)
      .getReader()
      .read()
      .catch((error: unknown) => error);
    await clock.flow(999);
    expect(aborted).toEqual([]);
    await clock.flow(1);
    expect(await failed).toMatchObject({ code: 'E_PROVIDER_TIMEOUT', limit: 'first byte' });
    expect(aborted).toEqual([await failed]);
    expect(cancelled).toEqual(aborted);
    expect(clock.timers).toBe(0);
  });

  test('times out between two chunks', async () => {
    const { clock, options, source, push } = bench();
    const reader = guardBody(source, options).getReader();
    push('a');
    await reader.read();
    const failed = reader.read().catch((error: unknown) => error);
    await clock.flow(100);
    expect(await failed).toMatchObject({ limit: 'between chunks' });
  });

  test('goes no further than the deadline of its call', async () => {
    const clock = new ManualClock();
    const { options, source } = bench({ clock, deadline: new Deadline(clock, 50) });
    const failed = guardBody(source, options)
      .getReader()
      .read()
      .catch((error: unknown) => error);
    await clock.flow(50);
    expect(await failed).toMatchObject({ limit: 'call' });
  });

  test('ends with the caller’s reason, read or not', async () => {
    for (const isRead of [true, false]) {
      const controller = new AbortController();
      const { clock, options, source, aborted } = bench({ signal: controller.signal });
      const reader = guardBody(source, options).getReader();
      const failed = isRead ? reader.read().catch((error: unknown) => error) : undefined;
      const reason = new Error('mine');
      controller.abort(reason);
      expect(await (failed ?? reader.read().catch((error: unknown) => error))).toBe(reason);
      expect(aborted).toEqual([reason]);
      expect(clock.timers).toBe(0);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    }
  });

  test('stops its source, and drops its listener, when nobody reads on', async () => {
    const { signal } = new AbortController();
    const { options, source, push, aborted, cancelled } = bench({ signal });
    push('a');
    for await (const chunk of guardBody(source, options)) if (chunk === 'a') break;
    expect(aborted).toHaveLength(1);
    expect(cancelled).toHaveLength(1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('guards what iterates asynchronously, too', async () => {
    const { clock, options } = bench();
    const chunks: string[] = [];
    async function* source() {
      yield 'a';
      await never();
    }
    const read = (async () => {
      for await (const chunk of guardBody(source(), options)) chunks.push(chunk);
    })();
    const failed = expect(read).rejects.toMatchObject({ limit: 'between chunks' });
    await clock.flow(100);
    await failed;
    expect(chunks).toEqual(['a']);
    expect(clock.timers).toBe(0);
  });

  test('keeps status and headers of a response, and one without a body as it is', async () => {
    const { options } = bench();
    const response = new Response('text', { status: 201, headers: { 'x-mine': '1' } });
    const guarded = guardBody(response, options);
    expect([guarded.status, guarded.headers.get('x-mine'), await guarded.text()]).toEqual([201, '1', 'text']);
    const empty = new Response(null, { status: 204 });
    expect(guardBody(empty, options)).toBe(empty);
  });
});
