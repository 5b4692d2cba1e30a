import type { WorkspaceOptions } from '../../src/workspace/index.ts';
import type { WatchStatus } from '../../src/workspace/watch/watcher.ts';
import { ObeyingChild } from '../child.ts';
import type { Question, Reckoning } from './witness.ts';

export type Command =
  | { readonly type: 'open'; readonly root: string; readonly options?: WorkspaceOptions }
  | { readonly type: 'watch'; readonly paths: readonly string[]; readonly questions?: readonly Question[] }
  | { readonly type: 'reckon' }
  | { readonly type: 'status' }
  /** Resolves when another digest than this was told of a file, with no call that would look at it. */
  | { readonly type: 'told'; readonly path: string; readonly digest: string }
  /** What of its watching is left, after closing. */
  | { readonly type: 'close' };

interface Answers {
  open: undefined;
  watch: undefined;
  reckon: Reckoning;
  status: WatchStatus;
  told: string;
  close: readonly string[];
}

const program = new URL('./program.ts', import.meta.url);

export interface ChildOptions {
  readonly user?: number | undefined;
  /** The most watches that the process may have; in a namespace of its own, so that nobody else has fewer. */
  readonly watches?: number;
  /** The same of the kernel's queues. */
  readonly queues?: number;
}

/** A command line that runs what follows it with no more than that. */
function limited({ watches, queues }: ChildOptions): readonly string[] {
  const limits = { max_inotify_watches: watches, max_inotify_instances: queues };
  const lower = Object.entries(limits).flatMap(([name, most]) =>
    most === undefined ? [] : [`echo ${most} > /proc/sys/user/${name}`],
  );
  return lower.length === 0 ? [] : ['unshare', '-Ur', 'sh', '-c', [...lower, 'exec "$0" "$@"'].join(' && ')];
}

/** Another process with a witness. */
export class Child extends ObeyingChild<Command, Answers> {
  constructor(options: ChildOptions = {}) {
    super(program, { user: options.user, through: limited(options) });
  }
}
