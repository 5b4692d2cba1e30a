import { describe, expect, it } from 'vitest';
import type { LabSide, LabState } from '../api.ts';
import { verdict } from './lab-verdict.ts';

const none: LabSide = {
  providerCalls: 0,
  usd: 0,
  answered: 0,
  stale: 0,
  failures: 0,
  waiting: 0,
  latency: { p50: 0, p99: 0, max: 0 },
};

function lab(cached: Partial<LabSide>, bare: Partial<LabSide>, running = false): LabState {
  const prices = { source: 'https://prices.example', date: '2026-01-01' };
  const sides = { protected: { ...none, ...cached }, unprotected: { ...none, ...bare } };
  return { simulated: true, mood: 'normal', model: 'model', prices, running, callers: 10, ...sides };
}

describe('verdict', () => {
  it('asks for a herd before the first', () => {
    expect(verdict(lab({}, {}))).toBe('Nobody has called yet. Send a herd.');
  });

  it('judges nothing while callers wait', () => {
    expect(verdict(lab({ waiting: 1 }, { waiting: 700, answered: 300 }, true))).toBe(
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
});
