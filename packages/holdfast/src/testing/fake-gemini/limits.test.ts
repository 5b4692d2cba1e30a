import { describe, expect, test } from 'vitest';
import type { Clock } from '../../lib/clock.ts';
import type { Address } from './address.ts';
import { Limits } from './limits.ts';

class StandingClock implements Clock {
  time = 1_000;
  now(): number {
    return this.time;
  }
  wall(): number {
    return this.time;
  }
  setTimeout(): never {
    throw new Error('limits set no timers');
  }
}

function address(method: Address['method'] = 'generateContent', model = 'gemini-2.5-flash'): Address {
  return { version: 'v1', model, method, serverSentEvents: false };
}

describe('limits', () => {
  test('refuse the call over the quota of any minute, and tell when the next one is let in', () => {
    const clock = new StandingClock();
    const limits = new Limits({ requestsPerMinute: 2 }, clock);
    expect(limits.admit(address()).ok).toBe(true);
    clock.time += 10_000;
    expect(limits.admit(address('streamGenerateContent')).ok).toBe(true);
    clock.time += 7_500;
    const refused = limits.admit(address());
    if (refused.ok) throw new Error('admitted');
    expect(refused.status).toBe('429');
    expect(refused.error.error.details).toContainEqual({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: '43s',
    });
    expect(JSON.stringify(refused.error)).toContain('"quotaValue":"2"');
    clock.time = 60_999;
    expect(limits.admit(address()).ok).toBe(false);
    clock.time = 61_000;
    expect(limits.admit(address()).ok).toBe(true);
    expect(limits.admit(address()).ok).toBe(false);
  });

  test('refuse the call whose prompt goes over the tokens of any minute, and let a shorter one in', () => {
    const clock = new StandingClock();
    const limits = new Limits({ inputTokensPerMinute: 100 }, clock);
    expect(limits.admit(address(), 70).ok).toBe(true);
    const refused = limits.admit(address(), 31);
    if (refused.ok) throw new Error('admitted');
    expect(JSON.stringify(refused.error)).toContain('InputTokensPerModelPerMinute');
    expect(JSON.stringify(refused.error)).toContain('"quotaValue":"100"');
    expect(limits.admit(address(), 30).ok).toBe(true);
    clock.time += 60_000;
    expect(limits.admit(address(), 100).ok).toBe(true);
  });

  test('refuse the call over the quota of the day until midnight in Los Angeles', () => {
    const clock = new StandingClock();
    clock.time = Date.UTC(2026, 0, 1, 7, 59);
    const limits = new Limits({ requestsPerDay: 1 }, clock);
    expect(limits.admit(address()).ok).toBe(true);
    const refused = limits.admit(address());
    if (refused.ok) throw new Error('admitted');
    expect(JSON.stringify(refused.error)).toContain('GenerateRequestsPerDayPerProjectPerModel');
    expect(JSON.stringify(refused.error)).toContain('"retryDelay":"60s"');
    clock.time = Date.UTC(2026, 0, 1, 8);
    expect(limits.admit(address()).ok).toBe(true);
  });

  test('keep a minute of its own for each model, and none for countTokens', () => {
    const limits = new Limits({ requestsPerMinute: 1 }, new StandingClock());
    expect(limits.admit(address()).ok).toBe(true);
    expect(limits.admit(address()).ok).toBe(false);
    expect(limits.admit(address('generateContent', 'gemini-2.5-pro')).ok).toBe(true);
    expect(limits.admit(address('countTokens')).ok).toBe(true);
  });

  test('answer the call over the concurrency limit with an overloaded model until one has ended', () => {
    const limits = new Limits({ concurrent: 1 }, new StandingClock());
    const first = limits.admit(address());
    if (!first.ok) throw new Error('refused');
    expect(limits.admit(address('countTokens'))).toMatchObject({ ok: false, status: '503' });
    first.release();
    first.release();
    expect(limits.admit(address()).ok).toBe(true);
    expect(limits.admit(address()).ok).toBe(false);
  });

  test('do not count a call against the minute that the concurrency limit refused', () => {
    const limits = new Limits({ concurrent: 1, requestsPerMinute: 2 }, new StandingClock());
    const first = limits.admit(address());
    if (!first.ok) throw new Error('refused');
    expect(limits.admit(address())).toMatchObject({ status: '503' });
    first.release();
    expect(limits.admit(address()).ok).toBe(true);
  });

  test('refuse a bad limit and repeat it', () => {
    expect(() => new Limits({ requestsPerMinute: -1 }, new StandingClock())).toThrow(
      'limits.requestsPerMinute must be a whole number (0 or more), not -1',
    );
  });
});
