import { HoldfastError } from '../lib/errors.ts';
import { type DefinitionContent, definitionKeyId, type Key, type KeyId, keyContent } from '../model/key.ts';
import type { Awaitable, Generated, GenerationContext } from './generator.ts';
import type { Launcher } from './launcher.ts';
import { Solo } from './solo.ts';

/** What was defined, without its scope and options: shared by all views of a cache. */
export class DefinitionCore {
  readonly kind: string;
  readonly name: string;
  readonly version: string | number;
  readonly #generate: (ctx: GenerationContext, ...args: unknown[]) => Awaitable<Generated<unknown>>;

  constructor(
    kind: string,
    name: string,
    version: string | number,
    generate: (ctx: GenerationContext, ...args: unknown[]) => Awaitable<Generated<unknown>>,
  ) {
    this.kind = kind;
    this.name = name;
    this.version = version;
    this.#generate = generate;
  }

  /** @throws E_KEY if an argument is not JSON. */
  id(args: readonly unknown[]): KeyId {
    return definitionKeyId(this.name, this.version, args);
  }

  /**
   * Makes the entry from its key alone: the caller may have changed the objects that it gave as arguments by the time
   * that the generator runs, and a value must not stand under a key that it was not made for.
   */
  launcher(id: KeyId): Launcher {
    return new Solo((ctx) => {
      const { args } = keyContent(id) as DefinitionContent;
      return this.#generate(ctx, ...args);
    });
  }
}

/** The definitions of a cache, by which an entry can be made anew from its key alone. */
export class Definitions {
  readonly #cores = new Map<string, DefinitionCore>();

  /** @throws E_DUPLICATE_DEFINITION if the kind has one of that name already. */
  register(core: DefinitionCore): void {
    const name = nameOf(core.kind, core.name);
    if (this.#cores.has(name)) {
      throw new HoldfastError(
        'E_DUPLICATE_DEFINITION',
        `kind '${core.kind}' has a definition '${core.name}' already: give each its own name, and define it once`,
        { kind: core.kind },
      );
    }
    this.#cores.set(name, core);
  }

  /** Whether it was defined here. */
  holds(core: DefinitionCore): boolean {
    return this.#cores.get(nameOf(core.kind, core.name)) === core;
  }

  /** What makes the entry of this key, if that is defined here in the key's version. */
  launcherOf(key: Key): Launcher | undefined {
    const content = key.content();
    if (typeof content !== 'object' || !('definition' in content)) return undefined;
    const core = this.#cores.get(nameOf(key.kind, content.definition));
    return core?.version === content.version ? core.launcher(key.id) : undefined;
  }
}

function nameOf(kind: string, name: string): string {
  return `${kind.length}:${kind}${name}`;
}
