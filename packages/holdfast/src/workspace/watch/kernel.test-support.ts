import type { Heard, Identity, Kernel } from './kernel.ts';
import type { Word } from './order.ts';
import { WatchThread } from './watch-thread.ts';

interface Opened {
  readonly path: string;
  readonly heard: Heard;
  readonly failed: (error: unknown) => void;
  open: boolean;
}

export const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** A kernel and an event loop that do what a test says, and nothing by themselves. */
export class FakeKernel implements Kernel {
  readonly queueLength = 100;
  readonly identities = new Map<string, Identity>();
  readonly opened: Opened[] = [];
  readonly files = new Set<string>();
  /** Called before each function of the kernel: throws what that one shall throw. */
  fault: (call: keyof Kernel, path: string) => void = () => {};
  type = 0xef53n;
  time = 0;
  #soon: (() => void)[] = [];
  #timers = new Set<{ at: number; call: () => void }>();
  #made = 0;

  add(path: string, ino = BigInt(this.identities.size + 1), type: Identity['type'] = 'directory'): void {
    this.identities.set(path, { dev: 1n, ino, type });
  }

  watch(path: string, heard: Heard, failed: Opened['failed']) {
    this.fault('watch', path);
    const opened: Opened = { path, heard, failed, open: true };
    this.opened.push(opened);
    return {
      close: () => {
        opened.open = false;
        this.fault('remove', path);
      },
    };
  }

  identity(path: string): Identity {
    this.fault('identity', path);
    const identity = this.identities.get(path);
    if (identity === undefined) throw failure('ENOENT');
    return identity;
  }

  fileSystem(path: string): bigint {
    this.fault('fileSystem', path);
    return this.type;
  }

  makeDirectory(prefix: string): string {
    this.fault('makeDirectory', prefix);
    this.#made += 1;
    return `${prefix}${this.#made}`;
  }

  tidy(): void {}

  create(path: string): void {
    this.fault('create', path);
    this.files.add(path);
  }

  move(from: string, to: string): void {
    this.fault('move', from);
    if (!this.files.delete(from)) throw failure('ENOENT');
    this.files.add(to);
  }

  remove(path: string): void {
    this.fault('remove', path);
    for (const file of this.files) if (file.startsWith(path)) this.files.delete(file);
  }

  now(): number {
    return this.time;
  }

  soon(call: () => void): void {
    this.#soon.push(call);
  }

  after(delay: number, call: () => void): () => void {
    const timer = { at: this.time + delay, call };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Handles that are open, by path. */
  get handles(): string[] {
    return this.opened.filter(({ open }) => open).map(({ path }) => path);
  }

  tell(path: string, structural: boolean, name: string | Uint8Array): void {
    const bytes = typeof name === 'string' ? Buffer.from(name) : name;
    for (const opened of this.opened)
      if (opened.open && opened.path === path) opened.heard(structural, bytes);
  }

  fail(path: string, code: string): void {
    for (const opened of this.opened) if (opened.open && opened.path === path) opened.failed(failure(code));
  }

  /** @returns whether there was anything to do */
  turn(): boolean {
    const calls = this.#soon;
    this.#soon = [];
    for (const call of calls) call();
    return calls.length > 0;
  }

  pass(milliseconds: number): void {
    this.time += milliseconds;
    for (const timer of [...this.#timers]) {
      if (timer.at > this.time) continue;
      this.#timers.delete(timer);
      timer.call();
    }
  }
}

/** A thread on a kernel that a test plays. */
export function threadOn(kernel: FakeKernel, { roots = ['/root'], cookies = ['/tmp'] } = {}) {
  const words: Word[] = [];
  const thread = new WatchThread(kernel, { roots, cookies }, (told) => words.push(...told));
  return {
    thread,
    /** What was told since the last call, once nothing is to be done any more. */
    told(): Word[] {
      for (let turns = 0; kernel.turn(); turns += 1) if (turns > 1_000) throw new Error('it never rests');
      return words.splice(0);
    },
    /** What was told since the last call. */
    soFar: (): Word[] => words.splice(0),
  };
}

/** `/root` with `/root/sub`, both watched. */
export function armed() {
  const kernel = new FakeKernel();
  kernel.add('/root');
  kernel.add('/root/sub');
  const { thread, told, soFar } = threadOn(kernel);
  thread.order({ type: 'arm', paths: ['/root', '/root/sub'], as: 'directory' });
  const words = told();
  if (words.length !== 1 || words[0]?.type !== 'armed')
    throw new Error(`not armed: ${JSON.stringify(words)}`);
  return { kernel, thread, told, soFar };
}
