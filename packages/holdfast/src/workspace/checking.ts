import type { SourceDependency } from '../model/dependency.ts';
import { same, type Verdict } from '../model/trace.ts';
import { placeOf } from '../trace/place.ts';
import type { Sight } from './refusal.ts';
import type { Turns } from './turns.ts';

/** Looks at what a dependency names now; later, only where that takes long. Neither throws nor rejects. */
export type Look = (dependency: SourceDependency) => Sight | Promise<Sight>;

/** Checks that were all asked for before the first look of any of them, so that one look at a thing serves all. */
interface Round {
  size: number;
  seen: Map<string, Sight | Promise<Sight>> | undefined;
}

interface Check {
  readonly dependencies: readonly SourceDependency[];
  readonly round: Round;
  readonly resolve: (verdict: Verdict) => void;
  index: number;
  /** The look that this check had to wait for. */
  arrived: Sight | undefined;
}

/**
 * Works off checks in the order in which they came, on the caller's thread and in turns. Checks that were asked for
 * in the same tick start a microtask later, as one round; those that come later are in a round of their own.
 *
 * A check that has used up a turn goes to the end of the line: a long one holds up a short one by a turn at most.
 */
export class Checking {
  readonly #look: Look;
  readonly #turns: Turns;
  /** Called before each synchronous stretch of looks. */
  readonly #refresh: () => void;
  #line: Check[] = [];
  #gathering: Round | undefined;
  #running = false;

  constructor(look: Look, turns: Turns, refresh: () => void) {
    this.#look = look;
    this.#turns = turns;
    this.#refresh = refresh;
  }

  check(dependencies: readonly SourceDependency[]): Promise<Verdict> {
    if (dependencies.length === 0) return Promise.resolve(same);
    this.#gathering ??= { size: 0, seen: undefined };
    const round = this.#gathering;
    round.size += 1;
    return new Promise((resolve) => {
      this.#enter({ dependencies, round, resolve, index: 0, arrived: undefined });
    });
  }

  #enter(check: Check): void {
    this.#line.push(check);
    if (this.#running) return;
    this.#running = true;
    queueMicrotask(() => this.#work());
  }

  #work(): void {
    this.#refresh();
    const line = this.#line;
    this.#line = [];
    for (const [position, check] of line.entries()) {
      if (check.round === this.#gathering) this.#gathering = undefined;
      if (this.#advance(check)) continue;
      this.#line = [...line.slice(position + 1), ...this.#line, check];
      this.#turns.wait(0, () => this.#work());
      return;
    }
    if (this.#line.length > 0) queueMicrotask(() => this.#work());
    else this.#running = false;
  }

  /** False when the turn is over before the check is. */
  #advance(check: Check): boolean {
    const { dependencies, round } = check;
    if (round.size > 1) round.seen ??= new Map();
    for (let dependency = dependencies[check.index]; dependency !== undefined; ) {
      const name = round.seen === undefined ? '' : placeOf(dependency);
      let sight: Sight | Promise<Sight> | undefined = check.arrived ?? round.seen?.get(name);
      check.arrived = undefined;
      if (sight === undefined) {
        if (!this.#turns.take(1)) return false;
        sight = this.#look(dependency);
        round.seen?.set(name, sight);
      }
      if (sight instanceof Promise) {
        void sight.then((arrived) => {
          check.arrived = arrived;
          this.#enter(check);
        });
        return true;
      }
      const verdict = judge(dependency, sight);
      if (verdict !== undefined) {
        check.resolve(verdict);
        return true;
      }
      check.index += 1;
      dependency = dependencies[check.index];
    }
    check.resolve(same);
    return true;
  }
}

function judge(dependency: SourceDependency, sight: Sight): Verdict | undefined {
  if ('cause' in sight) return { state: 'unknown', dependency, cause: sight.cause };
  if (sight.digest === dependency.digest) return undefined;
  return { state: 'changed', dependency, seen: sight.digest };
}
