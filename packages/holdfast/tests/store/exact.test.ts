import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { type Definition, type KindDefinition, kind } from '../../src/index.ts';
import {
  assertInvariants,
  createTestCache,
  ManualClock,
  MemoryBackend,
  MemoryStore,
  settled,
  type TestCache,
} from '../../src/testing/index.ts';
import { openWorkspace } from '../../src/workspace/index.ts';
import { Expectation } from '../exact/expectation.ts';
import { execute, type Program, somePrograms, variables } from '../exact/program.ts';
import { answerOfEmptyCache, ask } from '../exact/subject.ts';
import { someHappening, World } from '../exact/world.ts';
import { readerOf } from './reader.ts';

/*
 * Promises 4, 5 and 6 over processes: whichever of them is asked, and whether or not it has just started, an empty cache
 * gives the same answer, and nothing runs that a plain model of exact freshness would not run if all were one process.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;
/** More rounds take longer. */
const timeout = 60_000 * Math.max(1, rounds / 100);

const grains = fc.constantFrom(1, 10, 1_000, 2_000);

/** States of one program that an entry holds: with more, the order in which they leave is each process's own. */
const mostStates = 8;

afterEach(() => {
  for (const name of variables) delete process.env[name];
});

/** Between two questions: what happens, which program is asked for, of which process, and whether that restarts before. */
const steps = fc.array(
  fc.record({
    happenings: fc.array(someHappening, { maxLength: 3 }),
    program: fc.nat({ max: 4 }),
    who: fc.nat({ max: 1 }),
    restarts: fc.nat({ max: 3 }).map((number) => number === 0),
    /** What becomes of the signatures in the store before that: they may leave at any time. */
    signatures: fc.constantFrom('kept', 'kept', 'kept', 'deleted', 'damaged'),
    twice: fc.boolean(),
  }),
  { minLength: 3, maxLength: 20 },
);

/** One process: a cache, and a log of what ran that all share. */
interface Member extends AsyncDisposable {
  readonly definitions: readonly Definition<[], string>[];
  readonly cache: TestCache<{ default: KindDefinition<string> }>['cache'];
}

class Company {
  readonly #world: World;
  readonly #programs: readonly Program[];
  readonly #paranoid: boolean;
  readonly #coherence: 'bounded' | 'strict';
  readonly #clock = new ManualClock();
  readonly #backend = new MemoryBackend({ clock: this.#clock });
  readonly #members: Member[] = [];
  #runs: number[] = [];

  constructor(
    world: World,
    programs: readonly Program[],
    options: { readonly paranoid: boolean; readonly coherence: 'bounded' | 'strict' },
  ) {
    this.#world = world;
    this.#programs = programs;
    this.#paranoid = options.paranoid;
    this.#coherence = options.coherence;
  }

  async member(who: number, restarts: boolean): Promise<Member> {
    const known = this.#members[who];
    if (known !== undefined && !restarts) return known;
    if (known !== undefined) await known[Symbol.asyncDispose]();
    const member = await this.#open();
    this.#members[who] = member;
    return member;
  }

  /** Takes the programs that have run in any process since the last time, when all is quiet and stored. */
  async takeRuns(): Promise<number[]> {
    for (let turn = 0; turn < 10; turn += 1) await settled();
    for (const member of this.#members) await member?.cache.flush();
    const taken = this.#runs;
    this.#runs = [];
    return taken;
  }

  loseSignatures(how: 'deleted' | 'damaged'): void {
    const table = this.#backend.tables.get('signatures') ?? new Map<string, Uint8Array>();
    for (const [name, bytes] of table) {
      const middle = bytes.length >> 1;
      if (how === 'deleted') table.delete(name);
      else table.set(name, bytes.with(middle, (bytes[middle] as number) ^ 4));
    }
  }

  async close(): Promise<void> {
    for (const member of this.#members) await member?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<Member> {
    const { disk, root } = this.#world;
    const paranoid = this.#paranoid;
    const workspace = await openWorkspace(root, { fileSystem: disk, clock: disk.clock, paranoid });
    const { cache } = createTestCache({
      workspace,
      clock: this.#clock,
      store: new MemoryStore(this.#backend),
      coherence: this.#coherence,
      kinds: { default: kind<string>() },
    });
    const definitions: Definition<[], string>[] = [];
    for (const [index, program] of this.#programs.entries()) {
      definitions.push(
        cache.define({
          name: `program ${index}`,
          generate: async (ctx) => {
            this.#runs.push(index);
            const { value, skip } = await execute(program, readerOf(ctx, definitions));
            return skip ? ctx.skip(value) : value;
          },
        }),
      );
    }
    return {
      definitions,
      cache,
      [Symbol.asyncDispose]: async () => {
        assertInvariants(cache);
        await cache.close();
        await workspace.close();
      },
    };
  }
}

test(
  'over processes that restart an empty cache gives the same answer, and what any of them has made is not made again',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        somePrograms,
        grains,
        fc.boolean(),
        fc.record({ paranoid: fc.boolean(), coherence: fc.constantFrom('bounded', 'strict') }),
        steps,
        async (programs, grain, trace, options, history) => {
          for (const name of variables) delete process.env[name];
          const world = new World(grain, trace);
          const company = new Company(world, programs, options);
          const expectation = new Expectation(programs, world.truth);
          const states = programs.map(() => 0);
          for (const { happenings, program: number, who, restarts, signatures, twice } of history) {
            for (const happening of happenings) world.happen(happening);
            if (signatures !== 'kept') company.loseSignatures(signatures);
            const program = number % programs.length;
            const member = await company.member(who, restarts);
            for (let time = twice ? 0 : 1; time < 2; time += 1) {
              const { brought, runs } = await expectation.ask(program);
              const answer = await ask(member.definitions[program]);
              const value = answer.ok ? answer.resolution.value : undefined;
              expect(value).toBe(brought.ok ? brought.value : undefined);
              expect(value).toBe(await answerOfEmptyCache(world, programs, program));
              if (answer.ok) expect(answer.resolution.stale).toBe(false);
              const ran = await company.takeRuns();
              expect(new Set(ran)).toEqual(new Set(runs.keys()));
              for (const [one, kept] of runs) {
                if (kept !== 'kept') continue;
                expect(ran.filter((other) => other === one)).toHaveLength(1);
                states[one] = (states[one] ?? 0) + 1;
              }
            }
            if (Math.max(...states) >= mostStates) break;
          }
          await company.close();
        },
      ),
      { numRuns: rounds },
    );
  },
  timeout,
);
