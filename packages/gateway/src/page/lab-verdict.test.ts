import { describe, expect, it } from 'vitest';
import type { LabSide, LabState, LabStream, ProviderHealth } from '../api/index.ts';
import { verdict } from './lab-verdict.ts';
import { noStream } from './reader-cells.ts';

const none: LabSide = {
  providerCalls: 0,
  usd: 0,
  answered: 0,
  stale: 0,
  failures: 0,
  refused: 0,
  comeBackIn: 0,
  rateLimited: 0,
  waiting: 0,
  latency: { p50: 0, p99: 0, max: 0 },
};

const idle = {
  minute: { used: 0, limit: null },
  waiting: 0,
  underWay: 0,
  breaker: 'closed',
  opened: 0,
  retries: 0,
} as const;

function lab(cached: Partial<LabSide>, bare: Partial<LabSide>, more: Partial<LabState> = {}): LabState {
  const prices = { source: 'https://prices.example', date: '2026-01-01' };
  const sides = { protected: { ...none, ...cached }, unprotected: { ...none, ...bare } };
  const played = { running: false, scene: 'herd', health: null, callers: 10 } as const;
  return { simulated: true, mood: 'normal', model: 'model', prices, ...played, ...sides, ...more };
}

describe('verdict', () => {
  it('asks for a herd before the first', () => {
    expect(verdict(lab({}, {}))).toBe('Nobody has called yet. Send a herd or play a scene.');
  });

  it('judges nothing while callers wait', () => {
    expect(verdict(lab({ waiting: 1 }, { waiting: 700, answered: 300 }, { running: true }))).toBe(
      '700 callers still waiting…',
    );
  });

  it('sets calls and dollars against each other', () => {
    const cached = { providerCalls: 1, usd: 0.001, answered: 10 };
    const bare = { providerCalls: 10, usd: 0.01, answered: 10 };
    expect(verdict(lab(cached, bare))).toBe('1 provider call instead of 10: $0.009 not spent.');
  });

  it('tells failures and stale answers, and no saving where there is none', () => {
    const cached = { providerCalls: 2, answered: 20, stale: 10 };
    const bare = { providerCalls: 20, failures: 20 };
    expect(verdict(lab(cached, bare))).toBe(
      '2 provider calls instead of 20; 0 failures instead of 20; 10 answers stale, and marked so.',
    );
  });

  it('tells of a storm who got past the limit, who was told when to come back, and when that is', () => {
    const cached = { providerCalls: 60, answered: 60, refused: 940, comeBackIn: 58 };
    const bare = { providerCalls: 1_000, answered: 60, failures: 940, rateLimited: 940 };
    expect(verdict(lab(cached, bare, { scene: 'storm' }))).toBe(
      'No 429 instead of 940: 60 answered, 940 told when to come back (in 58 s).',
    );
    expect(verdict(lab({ ...cached, comeBackIn: 0, rateLimited: 2 }, bare, { scene: 'storm' }))).toBe(
      '2 429 instead of 940: 60 answered, 940 told when to come back (now).',
    );
  });

  it('tells how an illness goes while it is played, and what came of it', () => {
    const guard = { ...idle, opened: 1 };
    const during = (health: ProviderHealth, cached: Partial<LabSide> = {}) =>
      verdict(lab({ answered: 1, ...cached }, { answered: 1 }, { scene: 'sick', running: true, health }));
    expect(during('well')).toBe('The provider is well…');
    expect(during('wobbly')).toBe('One call in four fails: retries make up for it…');
    expect(during('well', { guard })).toBe('The provider is well again: probes find out…');
    const cached = { answered: 350, stale: 140, refused: 45, failures: 5 };
    const bare = { answered: 200, failures: 200 };
    expect(verdict(lab(cached, bare, { scene: 'sick' }))).toBe(
      '350 of 400 answered (140 stale, and marked so) instead of 200; 45 told when to come back; 5 failures instead of 200.',
    );
  });

  describe('of a stream', () => {
    const read = (counts: Partial<LabStream>): Partial<LabSide> => ({ stream: { ...noStream, ...counts } });
    const played = { scene: 'stream', callers: 1_000 } as const;
    const running = { ...played, running: true };

    it('tells how many read it and have left, and then who reads on unprotected', () => {
      expect(verdict(lab({}, {}, running))).toBe('Nobody has a word yet…');
      expect(verdict(lab(read({ waiting: 300 }), {}, running))).toBe('Nobody has a word yet…');
      expect(verdict(lab(read({ reading: 400, left: 12 }), read({ reading: 390 }), running))).toBe(
        '400 read one stream, 12 have left…',
      );
      expect(verdict(lab(read({ whole: 980, left: 20 }), read({ reading: 300, waiting: 1 }), running))).toBe(
        'All are done who shared one stream; 301 read on unprotected…',
      );
    });

    it('sets calls, dollars and the wait for the first word against each other', () => {
      const one = { streams: 1, usd: 0.003, late: 700, replayed: 700 };
      const shared = read({ ...one, whole: 1_000, firstWord: { p50: 0.3, p99: 310, max: 320 } });
      const firstWord = { p50: 330, p99: 600, max: 700 };
      const own = read({ streams: 1_000, usd: 3.003, whole: 1_000, late: 700, firstWord });
      expect(verdict(lab(shared, own, played))).toBe(
        '1 provider call instead of 1,000: $3.00 not spent; 700 of 700 who came late had at once what had come; ' +
          'the first word took 0.3 ms instead of 330 ms (median).',
      );
    });
  });
});
