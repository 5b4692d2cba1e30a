import type { LabState } from '../api.ts';
import { count, counted, dollars } from './format.ts';
import { callersOf } from './herd-cells.ts';

/** What the lab has shown so far, in a sentence. */
export function verdict(lab: LabState): string {
  const { protected: cached, unprotected: bare } = lab;
  const callers = callersOf(bare);
  if (callers === 0 && callersOf(cached) === 0) return 'Nobody has called yet. Send a herd.';
  if (lab.running || cached.waiting + bare.waiting > 0) {
    const waiting = Math.max(cached.waiting, bare.waiting);
    return waiting > 0 ? `${counted(waiting, 'caller')} still waiting…` : 'Under way…';
  }
  const calls = `${counted(cached.providerCalls, 'provider call')} instead of ${count(bare.providerCalls)}`;
  const saved = bare.usd - cached.usd;
  const parts = [saved > 0 ? `${calls}: ${dollars(saved)} not spent` : calls];
  if (cached.failures + bare.failures > 0) {
    parts.push(`${counted(cached.failures, 'failure')} instead of ${count(bare.failures)}`);
  }
  if (cached.stale > 0) parts.push(`${counted(cached.stale, 'answer')} stale, and marked so`);
  return `${parts.join('; ')}.`;
}
