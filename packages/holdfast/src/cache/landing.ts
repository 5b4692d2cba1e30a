import { HoldfastError } from '../lib/errors.ts';
import type { StandardSchema } from '../lib/standard-schema.ts';
import type { EntryNote } from '../memory/entry-note.ts';
import { examine, weighString } from '../memory/weigh.ts';
import { type Cost, reportOf } from '../model/cost.ts';
import type { KeyId } from '../model/key.ts';
import { same, type Trace } from '../model/trace.ts';
import { isEmpty } from '../trace/recorder.ts';
import { fallback } from './fallback.ts';
import type { Flight } from './flight.ts';
import { NotModified, Skipped } from './generator.ts';
import type { Partition } from './partition.ts';
import { refreshTime } from './standing.ts';

/** Bytes that an entry costs beyond its key and value, rounded up from what was measured. */
export const entryOverhead = 160;

/** What becomes of what a generator returned for one flight. Resolves once the flight has landed; never rejects. */
export async function deliver(flight: Flight, returned: unknown): Promise<void> {
  if (flight.landed) return;
  try {
    if (returned instanceof NotModified) {
      renew(flight);
      return;
    }
    const skipped = returned instanceof Skipped;
    const value: unknown = skipped ? returned.value : returned;
    if (value === undefined) throw undefinedValue(flight.partition);
    const { schema } = flight.partition.policy;
    if (schema !== undefined) await validate(schema, value, flight.partition);
    // The time may have been up, or the cache closed, while the schema was asked.
    if (!flight.landed) accept(flight, value, skipped);
  } catch (error) {
    fail(flight, error);
  }
}

function accept(flight: Flight, value: unknown, skipped: boolean): void {
  const { partition, generation } = flight;
  const cost = generation.cost();
  conclude(flight, cost, skipped ? 'skipped' : 'made');
  const now = partition.engine.horizon.read();
  const stale = generation.staleBy ?? false;
  if (!skipped && !generation.uncommittable && !stale) {
    commitFlight(flight, { value, madeAt: now, cost, now });
  } else if (flight.attached) {
    partition.failures.forget(flight.id);
  }
  flight.land({
    ok: true,
    value,
    madeAt: now,
    stale,
    ...(stale && { reason: 'dependency' as const }),
    cost,
    skipped: skipped || generation.uncommittable,
  });
}

function renew(flight: Flight): void {
  const { partition, generation, previous } = flight;
  if (previous === undefined) {
    throw new HoldfastError(
      'E_NOTHING_TO_RENEW',
      `a generator of kind '${partition.kind}' returned ctx.notModified() with no previous value; look at ctx.stale first`,
      { kind: partition.kind },
    );
  }
  conclude(flight, generation.cost(), 'renewed');
  flight.adopt(previous);
  const now = partition.engine.horizon.read();
  const { value, seconds } = previous;
  const cost: Cost = { ...previous.cost, seconds };
  commitFlight(flight, { value, madeAt: now, cost, now });
  flight.land({ ok: true, value, madeAt: now, stale: false, cost, skipped: false });
}

/** The generator did its part: that is the end of it for the account. */
function conclude(flight: Flight, cost: Cost, how: 'made' | 'renewed' | 'skipped'): void {
  const { partition, id, generation, background } = flight;
  generation.conclude(true);
  const { emitter } = partition.engine;
  if (!emitter.wants('generation.succeeded')) return;
  const { scope, kind } = partition;
  emitter.emit({ type: 'generation.succeeded', scope, kind, key: partition.key(id), background, cost, how });
}

function commitFlight(
  flight: Flight,
  made: { value: unknown; madeAt: number; cost: Cost; now: number },
): void {
  const { partition, id, generation } = flight;
  if (!flight.attached) {
    const { emitter } = partition.engine;
    if (flight.fencedBy !== undefined && emitter.wants('entry.fenced')) {
      const { scope, kind } = partition;
      emitter.emit({ type: 'entry.fenced', scope, kind, key: partition.key(id), by: flight.fencedBy });
    }
    return;
  }
  partition.failures.forget(id);
  commit(partition, id, {
    value: made.value,
    madeAt: made.madeAt,
    ttl: flight.expired ? 0 : flight.ttl,
    cost: made.cost,
    tags: [...flight.tags],
    trace: generation.recorder.trace(),
    by: 'generation',
  });
}

/** A value about to be kept. */
export interface Keepable {
  readonly value: unknown;
  readonly madeAt: number;
  readonly ttl: number;
  readonly cost: Cost;
  readonly tags: readonly string[];
  readonly trace: Trace;
  readonly by: 'generation' | 'set';
}

/** Puts a value in memory, in place of what was there. A value that may never be served again is not kept. */
export function commit(partition: Partition, id: KeyId, kept: Keepable): void {
  const { engine, policy, scope, kind } = partition;
  const { table, emitter } = engine;
  const { value, madeAt, cost, tags, trace } = kept;
  const examined = examine(value, policy.freeze);
  const weight =
    weighString(id) + entryOverhead + (policy.weigh ? weighed(policy.weigh(value), kind) : examined.weight);
  const neverServed = kept.ttl === 0 && policy.staleWhileRevalidate === 0 && policy.staleIfError === 0;
  if (neverServed || weight > engine.maxEntryBytes) {
    const former = partition.slot(id);
    if (former !== undefined) table.delete(former);
    if (!neverServed && emitter.wants('entry.oversized')) {
      const limit = engine.maxEntryBytes;
      emitter.emit({ type: 'entry.oversized', scope, kind, key: partition.key(id), weight, limit });
    }
    return;
  }
  const jitter = policy.jitter === 0 ? 0 : policy.jitter * engine.random();
  const agedAt = madeAt + kept.ttl * (1 - jitter);
  const verifiable = !isEmpty(trace);
  table.set(partition, id, {
    value,
    weight,
    madeAt,
    agedAt,
    freshUntil: verifiable ? Number.NEGATIVE_INFINITY : refreshTime(madeAt, agedAt, policy),
    seconds: cost.seconds,
    note: noteFor(tags, cost, verifiable ? trace : undefined, madeAt),
  });
  if (emitter.wants('entry.committed')) {
    emitter.emit({ type: 'entry.committed', scope, kind, key: partition.key(id), weight, by: kept.by });
  }
}

function noteFor(
  tags: readonly string[],
  cost: Cost,
  trace: Trace | undefined,
  now: number,
): EntryNote | undefined {
  const reported = reportOf(cost);
  if (tags.length === 0 && reported === undefined && trace === undefined) return undefined;
  return {
    tags,
    cost: reported,
    trace,
    verifiedAt: now,
    verdict: same,
    digest: undefined,
  };
}

function weighed(weight: number, kind: string): number {
  if (typeof weight === 'number' && weight >= 0 && weight !== Number.POSITIVE_INFINITY) return weight;
  throw new HoldfastError(
    'E_OPTION',
    `'weigh' of kind '${kind}' must give a number of bytes of 0 or more, not ${String(weight)}`,
  );
}

/** A flight failed: what is stale and inside its window, else the error, for all who had joined. */
export function fail(flight: Flight, error: unknown): void {
  if (flight.landed) return;
  const { partition, id, generation, background } = flight;
  const { engine } = partition;
  generation.conclude(false);
  const now = engine.horizon.read();
  let retryAt: number | undefined;
  const stale = flight.attached ? fallback(partition, id, 'error', now) : undefined;
  if (flight.attached && isRemembered(error)) {
    retryAt = partition.failures.record(
      id,
      error,
      generation.recorder.trace(),
      partition.policy,
      now,
    ).retryAt;
  }
  if (flight.wanted && engine.emitter.wants('generation.failed')) {
    const { scope, kind } = partition;
    const key = partition.key(id);
    engine.emitter.emit({
      type: 'generation.failed',
      scope,
      kind,
      key,
      background,
      error,
      ...(retryAt !== undefined && { retryAt }),
    });
  }
  if (flight.attached && HoldfastError.isInstance(error) && error.code === 'E_GENERATION_TIMEOUT') {
    flight.detach('timeout');
  }
  if (stale === undefined) {
    flight.land({ ok: false, error });
  } else {
    const { table } = engine;
    const madeAt = table.madeAt(stale.slot);
    const value = table.value(stale.slot);
    const cost = engine.costOf(stale.slot);
    flight.land({ ok: true, value, madeAt, stale: stale.mark, reason: 'failed', cost, skipped: false });
  }
}

/** A cycle, a closed cache and an abort say nothing about the provider: the next call may well succeed. */
function isRemembered(error: unknown): boolean {
  if (HoldfastError.isInstance(error)) {
    return !['E_CYCLE', 'E_CLOSED', 'E_TOO_MANY_ABANDONED', 'E_REMEMBERED_FAILURE'].includes(error.code);
  }
  return !(error instanceof DOMException && error.name === 'AbortError');
}

export function undefinedValue(partition: Partition): HoldfastError {
  return new HoldfastError(
    'E_UNDEFINED_VALUE',
    `a value of kind '${partition.kind}' is undefined: return null for "nothing", or ctx.skip(undefined) to keep nothing`,
    { kind: partition.kind },
  );
}

/** @throws E_SCHEMA naming the paths that are wrong, and never the value. */
export function validate(
  schema: StandardSchema,
  value: unknown,
  partition: Partition,
): Promise<void> | undefined {
  const result = schema['~standard'].validate(value);
  const check = (checked: Awaited<typeof result>): void => {
    if (checked.issues === undefined) return;
    const places = checked.issues
      .slice(0, 5)
      .map(({ path }) => `'${(path ?? []).map(pathName).join('.') || '(value)'}'`);
    throw new HoldfastError(
      'E_SCHEMA',
      `a value of kind '${partition.kind}' does not fit its schema at ${places.join(', ')} (${checked.issues.length} issues)`,
      { kind: partition.kind },
    );
  };
  return result instanceof Promise ? result.then(check) : (check(result) as undefined);
}

function pathName(step: unknown): string {
  return String(typeof step === 'object' && step !== null && 'key' in step ? step.key : step);
}
