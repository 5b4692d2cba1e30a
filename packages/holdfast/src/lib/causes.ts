const deepest = 8;

/** An error, what caused it, what caused that, and so on: as far as these are objects, and not without end. */
export function* causesOf(error: unknown): Generator<object, void> {
  let inner = error;
  for (let depth = 0; depth < deepest && typeof inner === 'object' && inner !== null; depth += 1) {
    yield inner;
    inner = (inner as { readonly cause?: unknown }).cause;
  }
}
