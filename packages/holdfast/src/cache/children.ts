import { HoldfastError } from '../lib/errors.ts';
import type { Digest, KeyDependency } from '../model/dependency.ts';
import type { StaleMark } from '../model/outcome.ts';
import { Call } from './call.ts';
import { noWishes } from './call-options.ts';
import { digestOf } from './digests.ts';
import type { Engine } from './engine.ts';
import type { WaitNode } from './wait-graph.ts';

export type Current =
  | { readonly ok: true; readonly digest: Digest; readonly stale: StaleMark }
  | { readonly ok: false; readonly cause: unknown };

/** The digest of another entry's value, after bringing it up to date under its own policy. Never rejects. */
export async function currentDigest(
  engine: Engine,
  dependency: KeyDependency,
  node: WaitNode,
  generate: boolean,
): Promise<Current> {
  const { key } = dependency;
  const launcher = engine.definitions.launcherOf(key);
  if (launcher === undefined) {
    const cause = new HoldfastError('E_UNKNOWN_KIND', `nothing is defined here that makes ${key}`);
    return { ok: false, cause };
  }
  const partition = engine.partition(key.scope, key.kind);
  const wishes = generate ? noWishes : { ...noWishes, mode: 'cached' as const };
  try {
    const answer = await new Call(partition, key.id, wishes, launcher, node, true).start();
    if (answer.outcome === 'missed') {
      return { ok: false, cause: new HoldfastError('E_NOT_CACHED', `nothing fresh is kept for ${key}`) };
    }
    return { ok: true, digest: digestOf(partition, key.id, answer.value), stale: answer.stale };
  } catch (cause) {
    return { ok: false, cause };
  }
}
