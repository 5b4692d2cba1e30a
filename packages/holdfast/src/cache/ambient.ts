import { AsyncLocalStorage } from 'node:async_hooks';
import type { Generation } from './generation.ts';

/**
 * In which generator a piece of code runs. Only plain calls inside a generator need it (`ctx.use` names its parent),
 * and only off the hit path. Inside async generators it can name the wrong one: it is a safety net against waiting
 * for oneself, not a record of dependencies.
 */
const storage = new AsyncLocalStorage<Generation | undefined>();

export function runInside<R>(generation: Generation, work: () => R): R {
  return storage.run(generation, work);
}

/** The generation that this code runs in, if it is still in the air. */
export function currentGeneration(): Generation | undefined {
  const generation = storage.getStore();
  return generation?.running ? generation : undefined;
}

/**
 * Runs `fn` outside the generator that it is called in: what it starts may outlive the generation, and may wait for
 * it without being taken for a cycle.
 */
export function detached<R>(fn: () => R): R {
  return storage.run(undefined, fn);
}
