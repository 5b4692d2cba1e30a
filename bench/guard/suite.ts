/** Every load on every way to call, in turns: a process for each, and a provider of its own. */
import type { LoadOptions } from '../measures/guard-load.ts';
import type { LoadOutcome } from '../measures/guard-outcome.ts';
import type { Share } from '../measures/hit.ts';
import { spawnTask } from '../spawn.ts';
import type { Task, Tasks } from './child.ts';
import type { ProviderOptions } from './provider.ts';
import type { Terms, WayName } from './way.ts';

export interface Scale {
  readonly repeats: number;
  /** Milliseconds. */
  readonly warmUp: number;
  readonly duration: number;
  readonly outage: { readonly from: number; readonly until: number };
  readonly outageDuration: number;
  readonly cost: { readonly calls: number; readonly warmUp: number; readonly rounds: number };
}

export const full: Scale = {
  repeats: 3,
  warmUp: 1_000,
  duration: 4_000,
  outage: { from: 2_000, until: 5_000 },
  outageDuration: 10_000,
  cost: { calls: 5_000, warmUp: 3, rounds: 11 },
};

export const quick: Scale = {
  ...full,
  repeats: 1,
  duration: 2_000,
  cost: { calls: 1_000, warmUp: 2, rounds: 3 },
};

/** Of a second, 50 requests: ten at a time, of 200 ms each. */
const provider: ProviderOptions = { slots: 10, service: 200, whenFull: 'queues', failing: 0 };
export const capacity = (provider.slots * 1_000) / provider.service;

export const terms: Terms = {
  deadline: 1_000,
  concurrency: provider.slots,
  queue: 100,
  backOff: 100,
  retries: 3,
  rest: 500,
  longestRest: 1_000,
};

type Situation = Pick<LoadOptions, 'provider' | 'rates'>;

const everybody = (times: number) => ({ everybody: times * capacity });

/** By name: what is asked of which provider. */
export const situations = {
  '1 ×': { provider, rates: everybody(1) },
  '2 ×': { provider, rates: everybody(2) },
  '10 ×': { provider, rates: everybody(10) },
  'refuses, 10 ×': { provider: { ...provider, whenFull: 'refuses' }, rates: everybody(10) },
  'a quiet scope': { provider, rates: { quiet: capacity / 10, loud: capacity * 10 } },
  'fails one in five': { provider: { ...provider, failing: 0.2 }, rates: everybody(0.6) },
  outage: { provider, rates: everybody(0.7) },
} as const satisfies Record<string, Situation>;

export type SituationName = keyof typeof situations;
export const wayNames: readonly WayName[] = ['unprotected', 'p-retry', 'cockatiel', 'holdfast'];

export interface Results {
  readonly loads: Readonly<Record<SituationName, Readonly<Record<WayName, readonly LoadOutcome[]>>>>;
  readonly costs: Readonly<Record<WayName, readonly Share[]>>;
}

/** Yields what there is after each round, so that a run that is broken off has not been in vain. */
export async function* measureAll(scale: Scale, progress: (what: string) => void): AsyncGenerator<Results> {
  const names = Object.keys(situations) as SituationName[];
  const byWay = <T>(): Record<WayName, T[]> => ({
    unprotected: [],
    'p-retry': [],
    cockatiel: [],
    holdfast: [],
  });
  const loads = Object.fromEntries(names.map((name) => [name, byWay<LoadOutcome>()])) as Record<
    SituationName,
    Record<WayName, LoadOutcome[]>
  >;
  const costs = byWay<Share>();
  for (let repeat = 1; repeat <= scale.repeats; repeat++) {
    for (const name of names) {
      for (const way of wayNames) {
        progress(`${repeat}/${scale.repeats}: ${name}, ${way}`);
        loads[name][way].push(await spawnGuard('load', loadOf(name, way, scale)));
      }
    }
    for (const way of wayNames) {
      progress(`${repeat}/${scale.repeats}: cost, ${way}`);
      costs[way].push(await spawnGuard('cost', { way, terms, ...scale.cost }));
    }
    yield { loads, costs };
  }
}

function loadOf(name: SituationName, way: WayName, scale: Scale): LoadOptions {
  const { warmUp, duration, outage } = scale;
  const load = { way, terms, ...situations[name], warmUp, duration };
  return name === 'outage' ? { ...load, outage, duration: scale.outageDuration } : load;
}

function spawnGuard<M extends keyof Tasks>(measure: M, options: Tasks[M]['options']) {
  const task = { measure, options } as Task;
  const program = new URL('./child.ts', import.meta.url);
  return spawnTask(program, task, [], JSON.stringify(task)) as Promise<Tasks[M]['result']>;
}
