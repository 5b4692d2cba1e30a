import { type Duration, parseDuration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { ReportedCost } from '../model/cost.ts';
import type { FileReading } from '../trace/source.ts';
import { wishesUnder } from './ask.ts';
import { Call } from './call.ts';
import { notCached } from './call-errors.ts';
import { parseTags } from './call-options.ts';
import { type Definition, definitionOf } from './definition.ts';
import { digestOf } from './digests.ts';
import type { Generation } from './generation.ts';
import { type GenerationContext, NotModified, Skipped, type StaleValue } from './generator.ts';

/** What a generator sees of its generation: reads go through it and are recorded. */
export class Context implements GenerationContext {
  readonly #generation: Generation;
  readonly #readings = new Map<string, Promise<FileReading>>();

  constructor(generation: Generation) {
    this.#generation = generation;
  }

  get signal(): AbortSignal {
    return this.#generation.signal;
  }

  get deadline(): number {
    return this.#generation.deadline;
  }

  get stale(): StaleValue | undefined {
    const { flights, partition } = this.#generation;
    const previous = flights.length === 1 ? flights[0]?.stale : undefined;
    if (previous === undefined) return undefined;
    const age = Math.max(0, partition.engine.horizon.read() - previous.madeAt);
    return { value: previous.value, age, reason: previous.mark };
  }

  async file(path: string): Promise<string> {
    const { bytes } = await this.#read(path);
    return new TextDecoder().decode(bytes);
  }

  async bytes(path: string): Promise<Uint8Array> {
    const { bytes } = await this.#read(path);
    return bytes.slice();
  }

  async use<A extends unknown[], R>(definition: Definition<A, R>, ...args: A): Promise<R> {
    const generation = this.#generation;
    generation.signal.throwIfAborted();
    const { engine, scope } = generation.partition;
    const { core, scope: fixed, wishes: own } = definitionOf(engine, definition);
    const partition = engine.partition(fixed ?? scope, core.kind);
    const id = core.id(args);
    const settle = generation.recorder.use();
    try {
      const signal =
        own.signal === undefined ? generation.signal : AbortSignal.any([generation.signal, own.signal]);
      const wishes = wishesUnder(engine, { ...own, signal });
      const answer = await new Call(partition, id, wishes, core.launcher(id), generation, true).start();
      if (answer.outcome === 'missed') throw notCached(partition);
      settle({ type: 'key', key: partition.key(id), digest: digestOf(partition, id, answer.value) });
      if (answer.stale) generation.staleBy = generation.staleBy === 'changed' ? 'changed' : answer.stale;
      if (answer.skipped) generation.uncommittable = true;
      return answer.value as R;
    } catch (error) {
      settle();
      generation.uncommittable = true;
      throw error;
    }
  }

  tag(...tags: string[]): void {
    const parsed = parseTags(tags);
    for (const flight of this.#generation.flights) {
      for (const tag of parsed) flight.tags.add(tag);
      flight.reconsider();
    }
  }

  ttl(ttl: Duration): void {
    const parsed = parseDuration(ttl, 'the ttl of ctx.ttl()');
    for (const flight of this.#generation.flights) flight.ttl = parsed;
  }

  cost(cost: ReportedCost): void {
    for (const name of ['inputTokens', 'outputTokens', 'cachedTokens', 'usd'] as const) {
      const value = cost[name];
      if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
        throw new HoldfastError(
          'E_OPTION',
          `'${name}' of ctx.cost() must be a number of 0 or more, not ${String(value)}`,
        );
      }
    }
    this.#generation.report(cost);
  }

  skip<T>(value: T): Skipped<T> {
    return new Skipped(value);
  }

  notModified(): NotModified {
    return NotModified.instance;
  }

  async #read(path: string): Promise<Extract<FileReading, { found: true }>> {
    const generation = this.#generation;
    const { workspace } = generation.partition.engine;
    if (workspace === undefined) {
      throw new HoldfastError(
        'E_NO_WORKSPACE',
        'ctx.file and ctx.bytes need a workspace: createCache({ workspace: await openWorkspace(root) })',
      );
    }
    generation.signal.throwIfAborted();
    const normal = workspace.normalize(path);
    let reading = this.#readings.get(normal);
    if (reading === undefined) {
      // One reading for the whole generation: it is given the same answer however often it asks.
      reading = workspace.read(normal);
      this.#readings.set(normal, reading);
    }
    const result = await reading.catch((error: unknown) => {
      generation.uncommittable = true;
      throw error;
    });
    generation.signal.throwIfAborted();
    generation.recorder.leaf(result.dependency);
    for (const flight of generation.flights) flight.reconsider();
    if (result.found) return result;
    throw new HoldfastError('E_FILE_ABSENT', `there is no file '${normal}' in the workspace`, {
      cause: result.cause,
    });
  }
}
