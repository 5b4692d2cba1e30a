import { existsSync } from 'node:fs';
import type { Workspace } from 'holdfast/workspace';
import type { Watching } from '../api/index.ts';
import { codeOf } from '../error-code.ts';
import type { ContextCache } from './context-cache.ts';
import { gitLockOf } from './git-lock.ts';
import { type FolderChanges, HeardChanges } from './heard-changes.ts';

/** How often a folder that is gone is looked for, in milliseconds. */
const absentMs = 1_000;

export interface FolderWatchListener {
  /** How the watching stands has changed. */
  moved(): void;
  /** An edit is over: what was made from it can be brought up to date. Never rejects. */
  changed(changes: FolderChanges): Promise<void>;
  /** The folder may have gone, or come back. Never rejects. @returns whether it is gone */
  presence(): Promise<boolean>;
  warn(warning: string): void;
}

/** What is heard of a folder by watching it. */
export class FolderWatch {
  readonly #workspace: Workspace;
  readonly #listener: FolderWatchListener;
  readonly #heard: HeardChanges;
  readonly #stops: readonly (() => void)[];
  readonly #whenBlind = new Set<() => void>();
  #looking = false;
  #absence: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(workspace: Workspace, { cache }: ContextCache, listener: FolderWatchListener) {
    this.#workspace = workspace;
    this.#listener = listener;
    const lock = gitLockOf(workspace.root);
    this.#heard = new HeardChanges(
      () => lock !== undefined && existsSync(lock),
      (changes) => listener.changed(changes),
    );
    this.#stops = [
      cache.on('workspace.changed', ({ changes }) => {
        const files = changes.filter(({ type }) => type === 'file').map(({ name }) => name);
        this.#heard.hear(files, files.length < changes.length);
      }),
      cache.on('workspace.state', ({ status }) => {
        if (status.state !== 'LIVE') this.#blind();
        listener.moved();
        if (status.state !== 'SCANNING') this.#seekFolder();
      }),
      // Where everything is polled, nothing else tells of a folder that is gone.
      cache.on('workspace.warning', () => this.#seekFolder()),
      cache.on('workspace.error', ({ error }) =>
        listener.warn(`watching the folder met an error, and goes on (${codeOf(error)})`),
      ),
    ];
  }

  get isLive(): boolean {
    return this.#workspace.status().state === 'LIVE';
  }

  /** @param files that are outlined, and so watched */
  status(files: number): Watching {
    const { directories, refused, ...status } = this.#workspace.status();
    const reason = 'reason' in status ? { reason: status.reason } : {};
    return { state: status.state, ...reason, files, directories, polled: refused };
  }

  /**
   * Resolves when what was changed before the call is heard of, so that a watched read knows of it; or nothing is known by
   * watching any more, so that every read looks for itself.
   */
  async caughtUp(): Promise<void> {
    if (!this.isLive) return;
    const blind = Promise.withResolvers<void>();
    this.#whenBlind.add(blind.resolve);
    await Promise.race([this.#workspace.sync(), blind.promise]).finally(() =>
      this.#whenBlind.delete(blind.resolve),
    );
  }

  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stops) stop();
    this.#heard.close();
    this.#blind();
    clearTimeout(this.#absence);
  }

  #blind(): void {
    for (const resolve of this.#whenBlind) resolve();
  }

  #seekFolder(): void {
    if (this.#looking || this.#isClosed) return;
    this.#looking = true;
    clearTimeout(this.#absence);
    void this.#listener.presence().then((isGone) => {
      this.#looking = false;
      if (!isGone || this.#isClosed) return;
      this.#absence = setTimeout(() => this.#seekFolder(), absentMs).unref();
    });
  }
}
