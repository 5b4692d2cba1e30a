import { type KeyInput, keyIdOf } from '../model/key.ts';
import type { Resolution } from '../model/outcome.ts';
import { toResolution } from './answer.ts';
import { ask } from './ask.ts';
import { notCached } from './call-errors.ts';
import { type CallOptions, parseCallOptions } from './call-options.ts';
import { Context } from './context.ts';
import { engineOf } from './engines.ts';
import type { GenerationContext, Generator } from './generator.ts';
import { Solo } from './solo.ts';
import type { Viewer } from './viewer.ts';

/** The place of one entry. */
export interface Place {
  readonly scope: string;
  readonly kind: string;
  readonly key: KeyInput;
}

/**
 * `resolve`, for a caller that can use a part of the value: `viewer` is shown what the generator publishes, and the promise is
 * settled once the value is whole. Who has used a part and wants no more leaves by its signal. Rejects as `resolve` does.
 * @param cache one that `createCache` has made
 */
export async function askLive<T>(
  cache: object,
  { scope, kind, key }: Place,
  generate: Generator<T>,
  options: CallOptions,
  viewer?: Viewer,
): Promise<Resolution<T>> {
  const partition = engineOf(cache).partition(scope, kind);
  const wishes = parseCallOptions(options);
  const answer = await ask(
    partition,
    () => keyIdOf(key, scope, kind),
    () => new Solo(generate),
    viewer === undefined ? wishes : { ...wishes, viewer },
  );
  if (answer.outcome === 'missed') throw notCached(partition);
  return toResolution<T>(answer);
}

/** Called by a generator: shows what it has so far, and goes on adding to, to those of its callers that can use a part. */
export function publish(ctx: GenerationContext, unfinished: unknown): void {
  if (ctx instanceof Context) ctx.show(unfinished);
}
