import { type Duration, type Milliseconds, parseDuration } from '../lib/duration.ts';
import type { Cost } from '../model/cost.ts';
import type { KeyId } from '../model/key.ts';
import { emptyTrace } from '../trace/recorder.ts';
import { parseTags } from './call-options.ts';
import { commit, weightOf } from './commit.ts';
import { checkNames } from './kind.ts';
import type { Partition } from './partition.ts';

/** The options of `set`. */
export interface SetOptions {
  tags?: readonly string[];
  /** Over the kind's. */
  ttl?: Duration;
}

/** Whether a store has the write, too; false where there is none. */
export interface Acknowledgement {
  readonly persisted: boolean;
}

/** Where there is no store; one promise serves every write. */
const notPersisted: Promise<Acknowledgement> = Promise.resolve({ persisted: false });
/** A value that the caller brought along. */
const free: Cost = { seconds: 0 };
export const noSetWishes: { readonly tags: readonly string[]; readonly ttl: Milliseconds | undefined } = {
  tags: [],
  ttl: undefined,
};

/** Puts a checked value in memory, in place of what is kept, and of what is being made. */
export function put(
  partition: Partition,
  id: KeyId,
  value: unknown,
  { tags, ttl }: typeof noSetWishes,
): Promise<Acknowledgement> {
  const { engine, policy } = partition;
  if (engine.bypassed) return notPersisted;
  const weight = weightOf(partition, id, value);
  const overtaken = partition.overtake(id, 'set');
  try {
    commit(partition, id, {
      value,
      weight,
      madeAt: engine.horizon.recent(),
      ttl: ttl ?? policy.ttl,
      expired: false,
      cost: free,
      tags,
      trace: emptyTrace,
      by: 'set',
    });
  } finally {
    overtaken?.generation.abandonIfUnwanted();
  }
  return notPersisted;
}

/** @throws E_OPTION, E_DURATION */
export function parseSetOptions(options: SetOptions): typeof noSetWishes {
  checkNames(options, { tags: true, ttl: true }, 'set');
  return {
    tags: options.tags === undefined ? [] : parseTags(options.tags),
    ttl: options.ttl === undefined ? undefined : parseDuration(options.ttl, "'ttl' of set"),
  };
}
