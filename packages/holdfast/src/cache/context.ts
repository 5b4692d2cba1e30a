import { type Duration, parseDuration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import { amounts, type ReportedCost } from '../model/cost.ts';
import { type GlobOptions, type SourceDependency, unreadable } from '../model/dependency.ts';
import { readVariable } from '../trace/environment.ts';
import { globPlace } from '../trace/place.ts';
import type { DependencySource, Reading } from '../trace/source.ts';
import { wishesUnder } from './ask.ts';
import { Call } from './call.ts';
import { notCached } from './call-errors.ts';
import { parseTags } from './call-options.ts';
import { type Definition, definitionOf } from './definition.ts';
import { digestOf } from './digests.ts';
import type { Generation } from './generation.ts';
import { type GenerationContext, NotModified, Skipped, type StaleValue } from './generator.ts';
import { noteNeverKept } from './ground.ts';
import type { Run } from './run.ts';
import { checkGlobOptions, decodeText, workspaceOf } from './source-reading.ts';

/** What a generator sees of its generation: reads go through it and are recorded in the run that they belong to. */
export class Context implements GenerationContext {
  readonly #generation: Generation;
  readonly #run: Run;
  /** One reading of a place for the whole run: it is given the same answer however often it asks. */
  readonly #readings = new Map<string, Promise<Reading<unknown, SourceDependency>>>();
  readonly #variables = new Map<string, string | undefined>();

  constructor(generation: Generation, run: Run) {
    this.#generation = generation;
    this.#run = run;
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
    const { name, bytes } = await this.#bytes('ctx.file', path);
    return decodeText(name, bytes);
  }

  async bytes(path: string): Promise<Uint8Array> {
    const { bytes } = await this.#bytes('ctx.bytes', path);
    return bytes.slice();
  }

  async exists(path: string): Promise<boolean> {
    const workspace = this.#workspace('ctx.exists');
    const name = workspace.normalize(path);
    const reading = await this.#read(`exists:${name}`, () => workspace.exists(name));
    return reading.state === 'found' && reading.value;
  }

  async list(path: string): Promise<string[]> {
    const workspace = this.#workspace('ctx.list');
    const name = workspace.normalize(path);
    const reading = await this.#read(`dir:${name}`, () => workspace.list(name));
    if (reading.state === 'found') return [...reading.value];
    throw new HoldfastError('E_FILE_ABSENT', `there is no directory '${name}' in the workspace`, {
      cause: reading.cause,
    });
  }

  async glob(pattern: string, options: GlobOptions = {}): Promise<string[]> {
    const workspace = this.#workspace('ctx.glob');
    const wanted = checkGlobOptions(options);
    const reading = await this.#read(globPlace(pattern, wanted), () => workspace.glob(pattern, wanted));
    return reading.state === 'found' ? [...reading.value] : [];
  }

  env(name: string): string | undefined {
    if (typeof name !== 'string' || name === '') {
      throw new HoldfastError('E_OPTION', 'ctx.env takes the name of a variable, a non-empty string');
    }
    if (!this.#variables.has(name)) {
      const { value, dependency } = readVariable(name);
      this.#variables.set(name, value);
      this.#run.recorder.leaf(dependency);
    }
    return this.#variables.get(name);
  }

  async use<A extends unknown[], R>(definition: Definition<A, R>, ...args: A): Promise<R> {
    const generation = this.#generation;
    const run = this.#run;
    generation.signal.throwIfAborted();
    const { engine, scope } = generation.partition;
    const { core, scope: fixed, wishes: own } = definitionOf(engine, definition);
    const partition = engine.partition(fixed ?? scope, core.kind);
    const id = core.id(args);
    const settle = run.recorder.use();
    try {
      const call = new Call(partition, id, wishesUnder(engine, own), core.launcher(id), generation, true);
      const answer = await generation.waitForUse(call);
      if (answer.outcome === 'missed') throw notCached(partition);
      if (answer.outcome === 'bypassed') {
        // Nothing keeps it, so that nothing could tell later whether it is still the same.
        settle();
        run.uncommittable = true;
        return answer.value as R;
      }
      const key = partition.key(id);
      const dependency = { type: 'key', key, digest: digestOf(partition, id, answer.value) } as const;
      settle(dependency);
      const slot = partition.slot(id);
      const kept = slot !== undefined && Object.is(engine.table.value(slot), answer.value);
      if (kept) run.used.push({ dependency, trace: answer.trace });
      else noteNeverKept(dependency, answer.trace);
      if (answer.stale) run.becomeStale(answer.stale);
      if (answer.skipped) run.uncommittable = true;
      return answer.value as R;
    } catch (error) {
      settle();
      run.uncommittable = true;
      throw error;
    }
  }

  tag(...tags: string[]): void {
    const parsed = parseTags(tags);
    for (const flight of this.#flights()) {
      for (const tag of parsed) flight.tags.add(tag);
      flight.reconsider();
    }
  }

  /** For callers that can use a part of the value; not for generators that read what can change, as those may run anew. */
  show(unfinished: unknown): void {
    for (const flight of this.#flights()) flight.show(unfinished);
  }

  ttl(ttl: Duration): void {
    const parsed = parseDuration(ttl, 'the ttl of ctx.ttl()');
    for (const flight of this.#flights()) flight.ttl = parsed;
  }

  cost(cost: ReportedCost): void {
    for (const name of amounts) {
      const value = cost[name];
      if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
        throw new HoldfastError(
          'E_OPTION',
          `'${name}' of ctx.cost() must be a number of 0 or more, not ${String(value)}`,
        );
      }
    }
    if (cost.simulated !== undefined && typeof cost.simulated !== 'boolean') {
      throw new HoldfastError(
        'E_OPTION',
        `'simulated' of ctx.cost() must be true or false, not ${String(cost.simulated)}`,
      );
    }
    this.#generation.report(cost);
  }

  skip<T>(value: T): Skipped<T> {
    return new Skipped(value);
  }

  notModified(): NotModified {
    return NotModified.instance;
  }

  async #bytes(method: string, path: string): Promise<{ name: string; bytes: Uint8Array }> {
    const workspace = this.#workspace(method);
    const name = workspace.normalize(path);
    const reading = await this.#read(`file:${name}`, () => workspace.read(name));
    if (reading.state === 'found') return { name, bytes: reading.value };
    throw new HoldfastError('E_FILE_ABSENT', `there is no file '${name}' in the workspace`, {
      cause: reading.cause,
    });
  }

  #workspace(method: string): DependencySource {
    const { signal, partition } = this.#generation;
    const workspace = workspaceOf(partition.engine, method);
    signal.throwIfAborted();
    return workspace;
  }

  /** @throws what was refused; that is recorded, too */
  async #read<T, D extends SourceDependency>(
    place: string,
    look: () => Promise<Reading<T, D>>,
  ): Promise<Exclude<Reading<T, D>, { state: 'refused' }>> {
    const generation = this.#generation;
    const run = this.#run;
    const known = this.#readings.get(place) as Promise<Reading<T, D>> | undefined;
    const looking = known ?? look();
    if (known === undefined) this.#readings.set(place, looking);
    const reading = await looking.catch((error: unknown) => {
      run.uncommittable = true;
      throw error;
    });
    generation.signal.throwIfAborted();
    run.recorder.leaf(reading.dependency);
    if (reading.dependency.digest === unreadable) run.uncommittable = true;
    if (generation.doubted) for (const flight of this.#flights()) flight.reconsider();
    if (reading.state === 'refused') throw reading.error;
    return reading;
  }

  /** The flights that this run can say something of: none once the generator runs anew. */
  #flights() {
    return this.#generation.run === this.#run ? this.#generation.flights : [];
  }
}
