import { HoldfastBulkError, HoldfastError } from '../lib/errors.ts';
import { type KeyId, type KeyInput, keyIdOf } from '../model/key.ts';
import { currentGeneration } from './ambient.ts';
import type { Answer } from './answer.ts';
import { announceUntracked } from './ask.ts';
import { Call } from './call.ts';
import { notCached } from './call-errors.ts';
import type { Wishes } from './call-options.ts';
import type { Flight } from './flight.ts';
import { Generation } from './generation.ts';
import type { Awaitable, Generated, GenerationContext } from './generator.ts';
import { demand } from './kind.ts';
import { deliver, fail, shelve } from './landing.ts';
import type { Launcher } from './launcher.ts';
import { guarded, newFlight } from './launcher.ts';
import type { Partition } from './partition.ts';

/** Makes the values of several keys at once; what it does not name fails with E_MISSING_KEY. */
export type BulkGenerator<K, V> = (
  missing: readonly K[],
  ctx: GenerationContext,
) => Awaitable<Iterable<readonly [K, Generated<V>]>>;

/**
 * Several keys in one call: each is a call with a flight of its own, and the flights share one generation for all
 * that is missing and not under way.
 * @throws HoldfastBulkError if any key failed, or was aborted: what the others came to is in it.
 */
export async function callMany<K extends KeyInput, V>(
  partition: Partition,
  keys: Iterable<K>,
  generate: BulkGenerator<K, V>,
  wishes: Wishes,
): Promise<Map<K, V>> {
  partition.engine.assertOpen();
  demand(typeof generate === 'function', 'the bulk generator', 'a function', generate);
  const given = new Map<KeyId, K>();
  for (const key of keys) {
    const id = keyIdOf(key, partition.scope, partition.kind);
    if (!given.has(id)) given.set(id, key);
  }
  const batch = new Batch(given, generate);
  const parent = currentGeneration();
  const answers = new Map<KeyId, Promise<Answer>>();
  for (const id of given.keys()) {
    if (parent !== undefined) announceUntracked(partition, id, parent);
  }
  for (const id of given.keys())
    answers.set(id, new Call(partition, id, wishes, batch, parent, false).start());
  batch.collected();
  return collect(partition, given, answers);
}

async function collect<K, V>(
  partition: Partition,
  given: Map<KeyId, K>,
  answers: Map<KeyId, Promise<Answer>>,
): Promise<Map<K, V>> {
  const results = new Map<K, V>();
  const errors: unknown[] = [];
  for (const [id, settled] of zip(answers.keys(), await Promise.allSettled(answers.values()))) {
    const key = given.get(id) as K;
    if (settled.status === 'rejected') errors.push(settled.reason);
    else if (settled.value.outcome === 'missed') errors.push(notCached(partition));
    else results.set(key, settled.value.value as V);
  }
  if (errors.length === 0) return results;
  throw new HoldfastBulkError(
    errors,
    results,
    `${errors.length} of ${given.size} keys failed; see errors and results`,
  );
}

function* zip<A, B>(left: Iterable<A>, right: readonly B[]): Iterable<[A, B]> {
  let index = 0;
  for (const item of left) {
    yield [item, right[index] as B];
    index += 1;
  }
}

/**
 * Launches flights over one generation, which begins once every key of the call has been looked at, or with the first
 * key that was found missing later, when its dependencies had been checked.
 */
class Batch<K, V> implements Launcher {
  readonly #given: Map<KeyId, K>;
  readonly #generate: BulkGenerator<K, V>;
  #open: Generation | undefined;
  #collecting = true;

  constructor(given: Map<KeyId, K>, generate: BulkGenerator<K, V>) {
    this.#given = given;
    this.#generate = generate;
  }

  launch(partition: Partition, id: KeyId, wishes: Wishes, background: boolean): Flight {
    // One that everybody left before it began never will: who boarded it would wait for ever.
    if (this.#open?.ready !== true) this.#open = this.#newGeneration(partition);
    return newFlight(this.#open, id, wishes, background);
  }

  begin(): void {
    if (this.#collecting) return;
    // Keys whose checks end in one turn share a generation.
    const generation = this.#open;
    queueMicrotask(() => {
      if (this.#open === generation) this.#beginOpen();
    });
  }

  /** Every key has been looked at once. */
  collected(): void {
    this.#collecting = false;
    this.#beginOpen();
  }

  #beginOpen(): void {
    const generation = this.#open;
    this.#open = undefined;
    generation?.begin();
  }

  #newGeneration(partition: Partition): Generation {
    const generation: Generation = new Generation(
      partition,
      guarded(partition, {
        run: (ctx) => this.#run(generation, ctx),
        deliver: (result) => this.#deliver(generation, result as Map<KeyId, Generated<V>>),
        shelve: (result, verdict) => {
          const made = result as Map<KeyId, Generated<V>>;
          for (const flight of generation.flights) {
            if (made.has(flight.id)) void shelve(flight, made.get(flight.id), verdict);
          }
        },
        fail: (error) => {
          for (const flight of generation.flights) fail(flight, error);
        },
      }),
    );
    return generation;
  }

  async #run(generation: Generation, ctx: GenerationContext): Promise<Map<KeyId, Generated<V>>> {
    const { partition, flights } = generation;
    const missing = flights
      .filter(({ landed, wanted }) => !landed && wanted)
      .map((flight) => this.#given.get(flight.id) as K);
    const made = new Map<KeyId, Generated<V>>();
    for (const [key, value] of await this.#generate(missing, ctx)) {
      made.set(keyIdOf(key as KeyInput, partition.scope, partition.kind), value);
    }
    return made;
  }

  #deliver(generation: Generation, made: Map<KeyId, Generated<V>>): void {
    const { partition } = generation;
    for (const flight of generation.flights) {
      if (made.has(flight.id)) {
        void deliver(flight, made.get(flight.id));
      } else {
        const key = partition.key(flight.id);
        fail(
          flight,
          new HoldfastError('E_MISSING_KEY', `the bulk generator gave nothing for ${key}`, {
            kind: partition.kind,
            keyHash: key.hash,
          }),
        );
      }
    }
  }
}
