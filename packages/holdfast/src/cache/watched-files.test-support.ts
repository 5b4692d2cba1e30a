import type { WorkspaceEvent } from '../events/event.ts';
import type { SourceDependency } from '../model/dependency.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { nameOf } from '../trace/place.ts';
import type { Watch } from '../trace/source.ts';

/** A watch that hears what a test says, and nothing else. Everything is watched from the start. */
class ScriptedWatch implements Watch {
  revision = 1;
  /** What `holds` says in place of what was heard. */
  lie: boolean | undefined;
  /** How often `holds` was asked. */
  asked = 0;
  readonly listeners = new Set<(event: WorkspaceEvent) => void>();
  readonly revisionListeners = new Set<() => void>();
  readonly #heard = new Map<string, number>();
  #last = 1;

  holds(dependencies: readonly SourceDependency[], since: number): boolean {
    this.asked += 1;
    if (this.lie !== undefined) return this.lie;
    return dependencies.every((one) => (this.#heard.get(String(nameOf(one))) ?? 0) <= since);
  }

  onRevision(listener: () => void): () => void {
    this.revisionListeners.add(listener);
    return () => this.revisionListeners.delete(listener);
  }

  subscribe(listener: (event: WorkspaceEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Something may have happened to these: paths, or patterns. */
  hear(...names: readonly string[]): void {
    this.#last += 1;
    for (const name of names) this.#heard.set(name, this.#last);
    this.#turn(this.#last);
  }

  /** Nothing is known any more, until `recover`. */
  lose(): void {
    this.#turn(-1);
  }

  /** Everything is watched again, and of what was before nothing is known. */
  recover(...names: readonly string[]): void {
    this.hear(...names);
  }

  tell(event: WorkspaceEvent): void {
    for (const listener of [...this.listeners]) listener(event);
  }

  #turn(revision: number): void {
    this.revision = revision;
    for (const listener of [...this.revisionListeners]) listener();
  }
}

/** Files in memory with a watch. `edit` is heard of, a change of `contents` is not. */
export class WatchedFiles extends MemoryFiles {
  readonly watch = new ScriptedWatch();

  edit(path: string, text: string | undefined): void {
    if (text === undefined) this.contents.delete(path);
    else this.contents.set(path, text);
    this.watch.hear(path);
  }
}
