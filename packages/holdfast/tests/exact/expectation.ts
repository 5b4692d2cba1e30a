import { execute, type Program } from './program.ts';

/** What stands on the disk now, as a program is told of it; rejects where it cannot be had. */
export type Truth = (what: 'file' | 'exists' | 'list' | 'glob' | 'env', of: string) => Promise<string>;

type Brought = { readonly ok: true; readonly value: string; readonly skip: boolean } | { readonly ok: false };

/** A run that was kept: all that it was told, and what it made. */
interface Kept {
  readonly leaves: ReadonlyMap<string, string>;
  readonly groups: readonly (readonly (readonly [program: number, value: string])[])[];
  readonly value: string;
}

/** The programs that have to run, and whether what they make is kept: one that keeps nothing may run more than once. */
export type Runs = ReadonlyMap<number, 'kept' | 'not kept'>;

const mostKept = 8;

/**
 * What an exact cache does, written down as plainly as possible: for each program the runs that were kept, with the texts
 * that they were told (no digests, no signatures), and which programs have to run for a question.
 */
export class Expectation {
  readonly #programs: readonly Program[];
  readonly #truth: Truth;
  readonly #kept: Kept[][];

  constructor(programs: readonly Program[], truth: Truth) {
    this.#programs = programs;
    this.#truth = truth;
    this.#kept = programs.map(() => []);
  }

  /** Asks for a program's value: what it is, and which programs run for it. */
  async ask(program: number): Promise<{ readonly brought: Brought; readonly runs: Runs }> {
    const question = new Question(this.#programs, this.#truth, this.#kept);
    const brought = await question.bring(program);
    await question.end();
    return { brought, runs: question.runs };
  }
}

class Question {
  readonly runs = new Map<number, 'kept' | 'not kept'>();
  readonly #programs: readonly Program[];
  readonly #truth: Truth;
  readonly #kept: Kept[][];
  readonly #brought = new Map<number, Promise<Brought>>();

  constructor(programs: readonly Program[], truth: Truth, kept: Kept[][]) {
    this.#programs = programs;
    this.#truth = truth;
    this.#kept = kept;
  }

  /** Resolves when the programs have ended, too, that nobody waits for any more: another one of their group has failed. */
  async end(): Promise<void> {
    let known = 0;
    while (known < this.#brought.size) {
      known = this.#brought.size;
      await Promise.all(this.#brought.values());
    }
  }

  bring(program: number): Promise<Brought> {
    const known = this.#brought.get(program);
    if (known !== undefined) return known;
    const bringing = this.#bring(program);
    this.#brought.set(program, bringing);
    return bringing;
  }

  async #bring(program: number): Promise<Brought> {
    const kept = this.#kept[program] as Kept[];
    for (const run of [...kept]) {
      if (!(await this.#holds(run))) continue;
      kept.splice(kept.indexOf(run), 1);
      kept.unshift(run);
      return { ok: true, value: run.value, skip: false };
    }
    return this.#run(program);
  }

  async #holds({ leaves, groups }: Kept): Promise<boolean> {
    for (const [place, told] of leaves) {
      const [what, of] = JSON.parse(place) as [Parameters<Truth>[0], string];
      if ((await this.#tell(what, of)) !== told) return false;
    }
    for (const group of groups) {
      for (const [program, value] of group) {
        const now = await this.bring(program);
        if (!now.ok || now.value !== value) return false;
      }
    }
    return true;
  }

  async #run(program: number): Promise<Brought> {
    this.runs.set(program, 'not kept');
    const leaves = new Map<string, string>();
    const groups: [number, string][][] = [];
    let open: [number, string][] = [];
    let underWay = 0;
    let keepable = true;
    try {
      const { value, skip } = await execute(this.#programs[program] as Program, {
        read: async (what, of) => {
          const told = await this.#tell(what, of);
          if (told === unreadable) throw new Error(unreadable);
          leaves.set(JSON.stringify([what, of]), told);
          return told;
        },
        use: async (other) => {
          if (underWay === 0) {
            open = [];
            groups.push(open);
          }
          const group = open;
          underWay += 1;
          const brought = await this.bring(other).finally(() => {
            underWay -= 1;
          });
          if (!brought.ok) {
            keepable = false;
            throw new Error('a program that was used failed');
          }
          if (brought.skip) keepable = false;
          group.push([other, brought.value]);
          return brought.value;
        },
      });
      if (keepable && !skip) {
        const kept = this.#kept[program] as Kept[];
        kept.unshift({ leaves, groups, value });
        kept.splice(mostKept);
        this.runs.set(program, 'kept');
      }
      return { ok: true, value, skip: skip || !keepable };
    } catch {
      return { ok: false };
    }
  }

  #tell(...question: Parameters<Truth>): Promise<string> {
    return this.#truth(...question).catch(() => unreadable);
  }
}

const unreadable = '(cannot be read)';
