import type { Engine } from './engine.ts';

const engines = new WeakMap<object, Engine>();

/** Called by every cache for itself: the parts of the library that stand above it, and its tests, look inside. */
export function registerEngine(cache: object, engine: Engine): void {
  engines.set(cache, engine);
}

/** @throws TypeError for what is no cache of this copy of Holdfast */
export function engineOf(cache: object): Engine {
  const engine = engines.get(cache);
  if (engine === undefined) throw new TypeError('not a cache of this copy of Holdfast');
  return engine;
}
