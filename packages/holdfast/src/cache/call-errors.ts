import type { Milliseconds } from '../lib/duration.ts';
import {
  HoldfastError,
  HoldfastRememberedError,
  HoldfastSharedError,
  type SharedFailure,
} from '../lib/errors.ts';
import type { KeyId } from '../model/key.ts';
import type { Failure } from './failures.ts';
import type { Partition } from './partition.ts';

/** Nothing was to be generated, and nothing fresh is kept. */
export function notCached(partition: Partition): HoldfastError {
  return new HoldfastError('E_NOT_CACHED', `nothing fresh of kind '${partition.kind}' is kept for this key`, {
    kind: partition.kind,
  });
}

/** The caller's own time is up, and nothing stale may be served. */
export function timedOut(partition: Partition, id: KeyId, timeout: Milliseconds): HoldfastError {
  const key = partition.key(id);
  return new HoldfastError('E_TIMEOUT', `no value for ${key} within ${timeout} ms`, {
    kind: partition.kind,
    keyHash: key.hash,
  });
}

/** The key failed a moment ago, and its kind remembers failures. */
export function remembered(partition: Partition, id: KeyId, failure: Failure): HoldfastRememberedError {
  const { clock } = partition.engine;
  const key = partition.key(id);
  const left = Math.max(0, failure.negativeUntil - clock.now());
  return new HoldfastRememberedError(
    `generating ${key} failed a moment ago; it is tried again in ${Math.ceil(left)} ms`,
    { cause: failure.error, retryAt: clock.wall() + left, kind: partition.kind, keyHash: key.hash },
  );
}

/** Another process has generated the value, and failed: what it told of that. */
export function sharedFailure(partition: Partition, id: KeyId, failure: SharedFailure): HoldfastSharedError {
  const { name, code } = failure;
  const key = partition.key(id);
  const what = code === undefined ? name : `${name} ${code}`;
  return new HoldfastSharedError(`another process was making ${key}, and failed: ${what}`, {
    failure,
    kind: partition.kind,
    keyHash: key.hash,
  });
}

/** What the generator reads changes faster than it runs. @param cause why the last run came to nothing, if it is known */
export function unstableInputs(partition: Partition, runs: number, cause: unknown): HoldfastError {
  const { kind } = partition;
  return new HoldfastError(
    'E_UNSTABLE_INPUTS',
    `what a value of kind '${kind}' is made from went on changing while it was made: ${runs} runs in a row came to ` +
      'nothing that still held',
    { kind, ...(cause !== undefined && { cause }) },
  );
}
