import { performance } from 'node:perf_hooks';
import { LabProvider, ModelClient } from '../lab/index.ts';

/** What a side of a scene works with. */
export interface Stage {
  readonly provider: LabProvider;
  ask(question: string, signal?: AbortSignal): ReturnType<ModelClient['ask']>;
  /** What has happened so far was preparation: counts and time begin now. */
  begin(): void;
}

/** What the callers of a side got. Numbers by name, for the table and the expectation. */
export type Facts = Readonly<Record<string, number>>;

export interface SideResult {
  /** Calls that reached the provider. */
  readonly providerCalls: number;
  /** At list prices. */
  readonly usd: number;
  /** Callers who got an error. */
  readonly errors: number;
  readonly seconds: number;
  readonly facts: Facts;
}

export interface Scene {
  readonly name: string;
  /** What must hold with the cache, for people. */
  readonly expectation: string;
  /** The same as numbers: of the facts and of `providerCalls` and `errors`. */
  readonly expected: Facts;
  /** Each plays the scene and returns what its callers came to. */
  readonly unprotected: (stage: Stage) => Promise<Played>;
  readonly protected: (stage: Stage) => Promise<Played>;
}

export interface Played {
  /** Callers who got an error. */
  readonly errors: number;
  readonly facts: Facts;
}

export interface SceneResult {
  readonly name: string;
  readonly expectation: string;
  readonly unprotected: SideResult;
  readonly protected: SideResult;
  /** What did not come out as expected; empty if all did. */
  readonly problems: readonly string[];
}

/** Plays both sides of a scene, one after the other, each with a provider of its own. */
export async function play(scene: Scene): Promise<SceneResult> {
  const unprotected = await playSide(scene.unprotected);
  const withCache = await playSide(scene.protected);
  return {
    name: scene.name,
    expectation: scene.expectation,
    unprotected,
    protected: withCache,
    problems: problemsOf(scene.expected, withCache),
  };
}

async function playSide(side: Scene['protected']): Promise<SideResult> {
  await using provider = await LabProvider.start();
  const client = new ModelClient();
  let start = performance.now();
  try {
    const { errors, facts } = await side({
      provider,
      ask: (question, signal) => client.ask(provider.url, question, signal),
      begin: () => {
        provider.reset();
        start = performance.now();
      },
    });
    const seconds = (performance.now() - start) / 1_000;
    const { calls, usd } = provider.counts();
    const streamed = provider.streams();
    return { providerCalls: calls + streamed.streams, usd: usd + streamed.usd, errors, seconds, facts };
  } finally {
    client.close();
  }
}

export function problemsOf(expected: Facts, side: SideResult): string[] {
  const actual: Facts = { providerCalls: side.providerCalls, errors: side.errors, ...side.facts };
  return Object.entries(expected)
    .filter(([name, number]) => actual[name] !== number)
    .map(([name, number]) => `${name}: expected ${number}, was ${actual[name] ?? 'not told'}`);
}
