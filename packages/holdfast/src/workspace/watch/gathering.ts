import type { Gathered } from './order.ts';

/** With more names than these in one turn, the directory is looked at as a whole. */
const mostNames = 256;

interface Touched {
  /** Name to whether the hint is structural. */
  readonly names: Map<string, boolean>;
  nameless: Gathered['nameless'];
}

/** The hints of one turn, each once, in the order in which their directories were first told of. */
export class Gathering {
  #directories = new Map<string, Touched>();

  get isEmpty(): boolean {
    return this.#directories.size === 0;
  }

  add(directory: string, name: string | undefined, structural: boolean): void {
    const touched = this.#touched(directory);
    if (name !== undefined && (touched.names.size < mostNames || touched.names.has(name))) {
      touched.names.set(name, structural || touched.names.get(name) === true);
    } else if (structural) {
      touched.nameless = 'structural';
    } else if (touched.nameless === 'no') {
      touched.nameless = 'yes';
    }
  }

  take(): Gathered[] {
    const taken = [...this.#directories].map(([directory, { names, nameless }]) => {
      // One that is structural says more than any with a name.
      const told = nameless === 'structural' ? [] : [...names];
      const pick = (wanted: boolean) => told.flatMap(([name, is]) => (is === wanted ? [name] : []));
      return { directory, structural: pick(true), others: pick(false), nameless };
    });
    this.clear();
    return taken;
  }

  clear(): void {
    this.#directories = new Map();
  }

  #touched(directory: string): Touched {
    let touched = this.#directories.get(directory);
    if (touched === undefined) {
      touched = { names: new Map(), nameless: 'no' };
      this.#directories.set(directory, touched);
    }
    return touched;
  }
}
