import type { LabSide, LabState, LabStream, ProviderHealth } from '../api/index.ts';
import { counted } from '../counted.ts';
import { count, dollars, duration } from './format.ts';
import { callersOf } from './herd-cells.ts';
import { noStream } from './reader-cells.ts';

/** What the lab has shown so far, in a sentence. */
export function verdict(lab: LabState): string {
  const { protected: cached, unprotected: bare } = lab;
  if (lab.scene === 'stream') return streams(lab.running, cached.stream ?? noStream, bare.stream ?? noStream);
  if (callersOf(bare) === 0 && callersOf(cached) === 0)
    return 'Nobody has called yet. Send a herd or play a scene.';
  if (lab.health !== null) return stage(lab.health, cached.guard?.opened ?? 0);
  if (lab.running || cached.waiting + bare.waiting > 0) {
    const waiting = Math.max(cached.waiting, bare.waiting);
    return waiting > 0 ? `${counted(waiting, 'caller')} still waiting…` : 'Under way…';
  }
  if (lab.scene === 'storm') return afterStorm(cached, bare);
  return lab.scene === 'sick' ? afterIllness(cached, bare) : afterHerd(cached, bare);
}

function stage(health: ProviderHealth, opened: number): string {
  switch (health) {
    case 'well':
      return opened > 0 ? 'The provider is well again: probes find out…' : 'The provider is well…';
    case 'wobbly':
      return 'One call in four fails: retries make up for it…';
    case 'failing':
      return 'Every call fails: stale answers where there are any, clear refusals otherwise…';
    case 'hanging':
      return 'Calls hang: a probe or two wait for them, nobody else does…';
  }
}

function streams(isRunning: boolean, shared: LabStream, own: LabStream): string {
  if (isRunning) {
    if (shared.reading > 0)
      return `${count(shared.reading)} read one stream, ${count(shared.left)} have left…`;
    if (shared.whole === 0) return 'Nobody has a word yet…';
    return `All are done who shared one stream; ${count(own.waiting + own.reading)} read on unprotected…`;
  }
  const saved = own.usd - shared.usd;
  const calls = `${counted(shared.streams, 'provider call')} instead of ${count(own.streams)}`;
  const late = `${count(shared.replayed)} of ${count(shared.late)} who came late had at once what had come`;
  const word = `the first word took ${duration(shared.firstWord.p50)} instead of ${duration(own.firstWord.p50)} (median)`;
  return `${saved > 0 ? `${calls}: ${dollars(saved)} not spent` : calls}; ${late}; ${word}.`;
}

function afterHerd(cached: LabSide, bare: LabSide): string {
  const calls = `${counted(cached.providerCalls, 'provider call')} instead of ${count(bare.providerCalls)}`;
  const saved = bare.usd - cached.usd;
  const parts = [saved > 0 ? `${calls}: ${dollars(saved)} not spent` : calls];
  if (cached.failures + bare.failures > 0) parts.push(failures(cached, bare));
  if (cached.stale > 0) parts.push(`${counted(cached.stale, 'answer')} stale, and marked so`);
  if (cached.refused > 0) parts.push(toldWhen(cached));
  return `${parts.join('; ')}.`;
}

function afterStorm(cached: LabSide, bare: LabSide): string {
  const limited = `${cached.rateLimited === 0 ? 'No' : count(cached.rateLimited)} 429 instead of ${count(bare.rateLimited)}`;
  const when = cached.comeBackIn > 0 ? `in ${duration(cached.comeBackIn * 1_000)}` : 'now';
  const told = cached.refused > 0 ? `, ${toldWhen(cached)} (${when})` : '';
  return `${limited}: ${count(cached.answered)} answered${told}.`;
}

function afterIllness(cached: LabSide, bare: LabSide): string {
  const stale = cached.stale > 0 ? ` (${count(cached.stale)} stale, and marked so)` : '';
  const answered = `${count(cached.answered)} of ${count(callersOf(cached))} answered${stale} instead of ${count(bare.answered)}`;
  return `${answered}; ${toldWhen(cached)}; ${failures(cached, bare)}.`;
}

function failures(cached: LabSide, bare: LabSide): string {
  return `${counted(cached.failures, 'failure')} instead of ${count(bare.failures)}`;
}

function toldWhen({ refused }: LabSide): string {
  return `${count(refused)} told when to come back`;
}
