import { createCache, kind } from 'holdfast';
import type { Scene, Stage } from './scene.ts';
import { streamScene } from './stream-scene.ts';

/**
 * The acceptance of the system that Holdfast succeeds, as four scenes, and a stream. Without protection every caller asks
 * by itself.
 */
export const scenes: readonly Scene[] = [
  {
    name: '10 callers of one expired key',
    expectation: '1 generation, 10 equal answers',
    expected: { providerCalls: 1, errors: 0, answers: 10, different: 1 },
    unprotected: async ({ ask, begin }) => {
      begin();
      const callers = await Promise.allSettled(times(10, () => ask('the one question')));
      return { errors: failed(callers), facts: { answers: succeeded(callers).length } };
    },
    protected: async (stage) => {
      await using cache = createCache({ kinds: { answer: kind<Answer>({ ttl: '1m' }) } });
      const answers = cache.kind('answer');
      const ask = () =>
        answers.getOrGenerate('question', (ctx) => answer(stage, 'the one question', ctx.signal));
      await ask();
      await answers.expire('question');
      stage.begin();
      const callers = await Promise.allSettled(times(10, ask));
      const texts = succeeded(callers).map(({ made }) => made);
      return { errors: failed(callers), facts: { answers: texts.length, different: new Set(texts).size } };
    },
  },
  {
    name: '100 callers at once over 10 kept keys',
    expectation: 'exactly 100 hits, no generation',
    expected: { providerCalls: 0, errors: 0, hits: 100 },
    unprotected: async ({ ask, begin }) => {
      begin();
      const callers = await Promise.allSettled(times(100, (index) => ask(`question ${index % 10}`)));
      return { errors: failed(callers), facts: {} };
    },
    protected: async (stage) => {
      await using cache = createCache({ kinds: { answer: kind<Answer>({ ttl: '1m' }) } });
      const answers = cache.kind('answer');
      const ask = (index: number) =>
        answers.getOrGenerate(`question ${index % 10}`, (ctx) =>
          answer(stage, `question ${index % 10}`, ctx.signal),
        );
      await Promise.all(times(10, ask));
      stage.begin();
      const before = cache.stats().kinds.answer?.outcomes.hit ?? 0;
      const callers = await Promise.allSettled(times(100, ask));
      return {
        errors: failed(callers),
        facts: { hits: (cache.stats().kinds.answer?.outcomes.hit ?? 0) - before },
      };
    },
  },
  {
    name: '50 answers kept at once, room for 20',
    expectation: 'exactly 20 entries, no error',
    expected: { providerCalls: 50, errors: 0, entries: 20 },
    unprotected: async ({ ask, begin }) => {
      const kept = new Map<string, unknown>();
      begin();
      const callers = await Promise.allSettled(
        times(50, async (index) => kept.set(`question ${index}`, await ask(`question ${index}`))),
      );
      return { errors: failed(callers), facts: { entries: kept.size } };
    },
    protected: async (stage) => {
      await using cache = createCache({ kinds: { answer: kind<Answer>() }, maxEntries: 20 });
      const answers = cache.kind('answer');
      stage.begin();
      const callers = await Promise.allSettled(
        times(50, async (index) =>
          answers.set(`question ${index}`, await answer(stage, `question ${index}`, undefined)),
        ),
      );
      return { errors: failed(callers), facts: { entries: cache.stats().entries } };
    },
  },
  {
    name: '5 callers of an aged answer, provider failing',
    expectation: '1 generation, 5 stale answers, marked',
    expected: { providerCalls: 1, errors: 0, stale: 5 },
    unprotected: async ({ ask, begin, provider }) => {
      provider.setMood('fail');
      begin();
      const callers = await Promise.allSettled(times(5, () => ask('the one question')));
      return { errors: failed(callers), facts: {} };
    },
    protected: async (stage) => {
      await using cache = createCache({
        kinds: { answer: kind<Answer>({ ttl: '1m', staleIfError: '1h' }) },
      });
      const answers = cache.kind('answer');
      const ask = () => answers.resolve('question', (ctx) => answer(stage, 'the one question', ctx.signal));
      await ask();
      await answers.expire('question');
      stage.provider.setMood('fail');
      stage.begin();
      const callers = await Promise.allSettled(times(5, ask));
      return {
        errors: failed(callers),
        facts: { stale: succeeded(callers).filter(({ stale }) => stale === 'aged').length },
      };
    },
  },
  streamScene,
];

/** An answer, and which generation made it: equal texts alone would not tell one generation from ten. */
interface Answer {
  readonly text: string;
  readonly made: number;
}

let generations = 0;

async function answer({ ask }: Stage, question: string, signal: AbortSignal | undefined): Promise<Answer> {
  generations += 1;
  const made = generations;
  const { text } = await ask(question, signal);
  return { text, made };
}

function times<T>(count: number, make: (index: number) => Promise<T>): Promise<T>[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function failed(callers: readonly PromiseSettledResult<unknown>[]): number {
  return callers.length - succeeded(callers).length;
}

function succeeded<T>(callers: readonly PromiseSettledResult<T>[]): T[] {
  return callers.flatMap((caller) => (caller.status === 'fulfilled' ? [caller.value] : []));
}
