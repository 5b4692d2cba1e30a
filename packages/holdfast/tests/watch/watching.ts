import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linuxPlatform } from '../../src/workspace/watch/linux.ts';
import type { Hint, WatchReport, WatchSession } from '../../src/workspace/watch/platform.ts';

export type ReportOf<T extends WatchReport['type']> = Extract<WatchReport, { type: T }>;

/** A thread on the real kernel, and everything that it reported. Nothing here waits for time, only for reports. */
export class Watching implements AsyncDisposable {
  readonly session: WatchSession;
  readonly cookies: string;
  reports: WatchReport[] = [];
  #heard = Promise.withResolvers<void>();
  #lastId = 0;

  /** @param worker a file of tests/watch, for faults */
  constructor(roots: readonly string[], worker?: string) {
    this.cookies = mkdtempSync(join(tmpdir(), 'holdfast-cookies-'));
    const file = worker === undefined ? {} : { worker: new URL(worker, import.meta.url) };
    this.session = linuxPlatform({ roots, cookies: [this.cookies], ...file }).open((report) => {
      this.reports.push(report);
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    });
  }

  /** The first report of the type that there is or will be. */
  async first<T extends WatchReport['type']>(
    type: T,
    is: (report: ReportOf<T>) => boolean = () => true,
  ): Promise<ReportOf<T>> {
    for (let from = 0; ; ) {
      const { promise } = this.#heard;
      for (; from < this.reports.length; from += 1) {
        const report = this.reports[from] as WatchReport;
        if (report.type === type && is(report as ReportOf<T>)) return report as ReportOf<T>;
      }
      await promise;
    }
  }

  /** @throws unless all of them are armed */
  async arm(...directories: string[]): Promise<void> {
    this.session.arm(directories);
    await this.sync();
    const armed = new Set(this.of('armed').flatMap((report) => report.directories));
    for (const directory of directories)
      if (!armed.has(directory)) throw new Error(`not armed: ${directory}`);
  }

  /** Resolves when everything that happened before is reported. */
  async sync(): Promise<ReportOf<'synced' | 'unsynced'>> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.session.sync(id);
    const synced = this.first('synced', (report) => report.id === id);
    return Promise.race([synced, this.first('unsynced', (report) => report.id === id)]);
  }

  of<T extends WatchReport['type']>(type: T): ReportOf<T>[] {
    return this.reports.filter((report) => report.type === type) as ReportOf<T>[];
  }

  /** All but those that only answer. */
  troubles(): WatchReport[] {
    return this.reports.filter(({ type }) => !['touched', 'armed', 'synced'].includes(type));
  }

  hints(): Hint[] {
    return this.of('touched').flatMap(({ hints }) => hints);
  }

  /** Paths that something was told of; of a directory as a whole, with a slash at the end. */
  touched(): Set<string> {
    return new Set(this.hints().map(({ directory, name = '' }) => `${directory}/${name}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    rmSync(this.cookies, { recursive: true });
  }
}

/** A new directory, with these below it, that is removed after use. */
export function folder(...below: string[]) {
  return folderIn(tmpdir(), ...below);
}

export function folderIn(parent: string, ...below: string[]) {
  const path = mkdtempSync(join(parent, 'holdfast-watch-test-'));
  for (const name of below) mkdirSync(join(path, name), { recursive: true });
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
