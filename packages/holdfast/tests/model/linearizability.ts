/*
 * A small linearizability checker: J. M. Wing and C. Gong, "Testing and verifying concurrent objects" (1993), with the
 * memory of visited states of G. Lowe, "Testing for linearizability" (2017). A history is partitioned by key by its
 * caller, which is sound because linearizability is a local property (M. Herlihy and J. Wing, 1990).
 *
 * The object is one key of a cache, by what promise 3 says of it: there is a set of values that a read may return.
 * The beginning of a generation adds its value, `set` leaves nothing but the value set, `invalidate` leaves nothing,
 * and an invalidation by tag leaves what never names that tag. A generation that names it late counts all the same.
 */

export type Operation =
  /** In an instant: from here on a read may return what this generation will make. */
  | { readonly type: 'begin'; readonly value: string }
  | { readonly type: 'set'; readonly value: string }
  | { readonly type: 'read'; readonly value: string }
  | { readonly type: 'invalidate'; readonly tag?: string };

/** An operation and when it was called and had answered, in any unit that orders events. */
export type Occurrence = Operation & { readonly called: number; readonly answered: number };

/** Whether the operations on one key can be put in an order that respects time and explains every read. */
export function isLinearizable(
  history: readonly Occurrence[],
  tagsOf: (value: string) => ReadonlySet<string>,
): boolean {
  const pending = [...history].sort((left, right) => left.called - right.called);
  const seen = new Set<string>();

  const search = (done: ReadonlySet<number>, readable: readonly string[]): boolean => {
    if (done.size === pending.length) return true;
    const state = `${[...done].sort((left, right) => left - right).join()}|${readable.join()}`;
    if (seen.has(state)) return false;
    seen.add(state);
    // Whatever is next must have been called before any other that is left had answered.
    const left = pending.map((_, index) => index).filter((index) => !done.has(index));
    const soonest = Math.min(...left.map((index) => (pending[index] as Occurrence).answered));
    return left.some((index) => {
      const operation = pending[index] as Occurrence;
      if (operation.called > soonest) return false;
      const next = apply(operation, readable, tagsOf);
      return next !== undefined && search(new Set([...done, index]), next);
    });
  };
  return search(new Set(), []);
}

/** What may be read after an operation, or undefined where it cannot have happened. */
function apply(
  operation: Operation,
  readable: readonly string[],
  tagsOf: (value: string) => ReadonlySet<string>,
): readonly string[] | undefined {
  switch (operation.type) {
    case 'begin':
      return [...new Set([...readable, operation.value])].sort();
    case 'set':
      return [operation.value];
    case 'read':
      return readable.includes(operation.value) ? readable : undefined;
    case 'invalidate': {
      const { tag } = operation;
      return tag === undefined ? [] : readable.filter((value) => !tagsOf(value).has(tag));
    }
  }
}
