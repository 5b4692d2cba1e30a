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
}

/** Another process with a witness. */
export class Child extends ObeyingChild<Command, Answers> {
  constructor({ user, watches }: ChildOptions = {}) {
    const lower = `echo ${watches} > /proc/sys/user/max_inotify_watches && exec "$0" "$@"`;
    super(program, { user, through: watches === undefined ? [] : ['unshare', '-Ur', 'sh', '-c', lower] });
  }
}
