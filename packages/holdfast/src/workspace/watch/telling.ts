import type { WorkspaceEvent } from '../../events/event.ts';

/**
 * Tells of what happens, and of what goes wrong, in three layers: a path that cannot be understood or looked at is a warning;
 * a change that could not be put in force, and anything else, is an error, which is counted. Nobody ends the watching by
 * throwing here.
 */
export class Telling {
  warnings = 0;
  errors = 0;
  readonly #listeners = new Set<(event: WorkspaceEvent) => void>();
  #telling = false;
  #lastShown = '';

  subscribe(listener: (event: WorkspaceEvent) => void): () => void {
    // A wrapper, so that one function registered twice is two subscriptions.
    const own = (event: WorkspaceEvent): void => listener(event);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  tell(event: WorkspaceEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.fail(error);
      }
    }
  }

  warn(path: string | undefined, error: unknown): void {
    this.warnings += 1;
    this.tell({ type: 'workspace.warning', path, error });
  }

  fail(error: unknown): void {
    this.errors += 1;
    // A listener that throws when it is told of errors is not told of that.
    if (this.#telling || this.#listeners.size === 0) {
      this.#show(error);
      return;
    }
    this.#telling = true;
    try {
      this.tell({ type: 'workspace.error', error, count: this.errors });
    } finally {
      this.#telling = false;
    }
  }

  /** Does something that others may make throw. */
  guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.fail(error);
    }
  }

  clear(): void {
    this.#listeners.clear();
  }

  /** Nobody listens, and an error must not go unseen; the same one over and over is seen once. */
  #show(error: unknown): void {
    const shown = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
    if (shown === this.#lastShown) return;
    this.#lastShown = shown;
    process.emitWarning(`the watching of a workspace met an error and goes on (${shown})`, {
      type: 'HoldfastWarning',
      code: 'W_WATCH',
    });
  }
}
