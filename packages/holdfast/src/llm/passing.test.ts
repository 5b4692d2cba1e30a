import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { settled } from '../testing/manual-clock.ts';
import { setUp } from './exchanges.test-support.ts';

const list = { method: 'GET', target: '/models', headers: {}, body: new Uint8Array() };

describe('what is only handed on', () => {
  it('is given up where it is not answered in the time of an attempt', async () => {
    const { clock, upstream, exchanges } = setUp({ attemptTimeout: '20s' });
    const asked = exchanges.ask(list);
    await settled();
    await clock.advance(19_999);
    expect(upstream.at(0).aborted).toBe(false);
    await clock.advance(1);
    const answer = await asked;
    expect(answer.status).toBe(504);
    expect(Buffer.from(answer.body as Uint8Array).toString()).toMatch(/^504 E_PROVIDER_TIMEOUT: /);
    expect(upstream.at(0).aborted).toBe(true);
    expect(clock.timers).toBe(0);
  });

  it('ends when those who asked for it are closed, whether it has begun or not', async () => {
    const { upstream, exchanges } = setUp();
    const [begun, waiting] = [exchanges.ask(list), exchanges.ask(list)];
    await settled();
    upstream.at(0).begin().write('part');
    const { body } = (await begun) as { body: AsyncIterableIterator<Uint8Array> };
    await body.next();
    const refused = expect(waiting).rejects.toMatchObject({ code: 'E_CLOSED' });
    await exchanges.close();
    await refused;
    await expect(body.next()).rejects.toMatchObject({ code: 'E_CLOSED' });
    expect(upstream.arrivals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await expect(exchanges.ask(list)).rejects.toMatchObject({ code: 'E_CLOSED' });
    expect(upstream.arrivals).toHaveLength(2);
  });

  it('leaves nothing on the signal of who has not read it', async () => {
    const { upstream, exchanges } = setUp();
    const { signal } = new AbortController();
    const asked = exchanges.ask(list, { signal });
    await settled();
    upstream.at(0).begin().write('part');
    const { body } = (await asked) as { body: AsyncIterableIterator<Uint8Array> };
    await body.return?.();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
