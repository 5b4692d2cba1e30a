import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import type { WatchReport } from '../../src/workspace/watch/platform.ts';
import { Gate } from '../watching/gate.ts';
import { inotifyQueues } from '../watching/leftovers.ts';
import { needUserNamespaces } from '../watching/namespaces.ts';
import { folder, Watching } from './watching.ts';

const program = fileURLToPath(new URL('./program.ts', import.meta.url));
const heldWorker = '../watching/held-worker.ts';

interface Saying {
  readonly answer?: WatchReport;
  readonly reports: readonly WatchReport[];
  readonly cookies: string;
  readonly left?: object;
}

/** A process that watches, told by a line to say what it was told. */
function start(command: string, ...parameters: string[]) {
  const child = spawn(command, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    child,
    ended,
    async says(): Promise<Saying> {
      const { done, value } = await lines.next();
      if (done) throw new Error(`it ended with code ${await ended}, and said nothing`);
      return JSON.parse(value);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

describe('a thread that is blocked', () => {
  test('while 20,000 files are made tells of an overflow, and of the next change', async () => {
    using place = folder('root');
    const root = `${place.path}/root`;
    const gate = new Gate(root);
    await using watching = new Watching([root], heldWorker);
    await watching.arm(root);
    writeFileSync(`${root}/hold`, '');
    await gate.reached();
    for (let index = 0; index < 20_000; index += 1) closeSync(openSync(`${root}/${index}`, 'w'));
    await gate.open();
    // Its cookie may be lost as well, and is left again.
    expect(await watching.sync()).toMatchObject({ type: 'synced' });
    expect(watching.of('overflow').at(-1)?.events).toBeGreaterThanOrEqual(16_000);
    watching.reports = [];
    writeFileSync(`${root}/next`, '');
    await watching.sync();
    expect(watching.touched()).toEqual(new Set([`${root}/next`]));
  });

  test('while 5,000 files are made misses none', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `${index}`);
    using place = folder(...names.map((name) => `root/${name}`));
    const root = `${place.path}/root`;
    const gate = new Gate(root);
    await using watching = new Watching([root], heldWorker);
    await watching.arm(root, ...names.map((name) => `${root}/${name}`));
    writeFileSync(`${root}/hold`, '');
    await gate.reached();
    const files: string[] = [];
    for (let index = 0; index < 5_000; index += 1) files.push(`${root}/${index % 25}/${index}`);
    for (const file of files) closeSync(openSync(file, 'w'));
    await gate.open();
    await watching.sync();
    const touched = watching.touched();
    expect(files.filter((file) => !touched.has(file))).toEqual([]);
    expect(watching.troubles()).toEqual([]);
  });

  test('is closed by force', async () => {
    const queues = inotifyQueues();
    using place = folder('root');
    const root = `${place.path}/root`;
    const gate = new Gate(root);
    const watching = new Watching([root], './faulty-worker.ts');
    await watching.arm(root);
    expect(readdirSync(watching.cookies)).toHaveLength(1);
    writeFileSync(`${root}/block`, '');
    await gate.reached();
    await gate.open();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const closing = watching.session.close();
    vi.advanceTimersByTime(2_000);
    vi.useRealTimers();
    await closing;
    expect(inotifyQueues()).toBe(queues);
    expect(readdirSync(watching.cookies)).toEqual([]);
    rmSync(watching.cookies, { recursive: true });
  });
});

describe('an error', () => {
  test('in handling an event is told, with all of its directory, and the next change', async () => {
    using root = folder();
    await using watching = new Watching([root.path], './faulty-worker.ts');
    await watching.arm(root.path);
    writeFileSync(`${root.path}/throw inside`, '');
    await watching.first('error');
    await watching.sync();
    expect(watching.touched()).toEqual(new Set([`${root.path}/`]));
    writeFileSync(`${root.path}/next`, '');
    await watching.sync();
    expect(watching.touched()).toContain(`${root.path}/next`);
  });

  test('anywhere else in the thread is told, with an overflow, and the next change', async () => {
    using root = folder();
    await using watching = new Watching([root.path], './faulty-worker.ts');
    await watching.arm(root.path);
    writeFileSync(`${root.path}/throw outside`, '');
    expect(await watching.first('error')).toMatchObject({ error: { message: 'thrown outside' } });
    await watching.first('overflow');
    await watching.sync();
    watching.reports = [];
    writeFileSync(`${root.path}/next`, '');
    await watching.sync();
    expect(watching.touched()).toEqual(new Set([`${root.path}/next`]));
  });
});

describe('a thread that dies', () => {
  test('is told of once, and leaves nothing', async () => {
    const queues = inotifyQueues();
    using root = folder();
    const watching = new Watching([root.path], './faulty-worker.ts');
    await watching.arm(root.path);
    expect(inotifyQueues()).toBe(queues + 1);
    writeFileSync(`${root.path}/exit`, '');
    expect(await watching.first('died')).toMatchObject({ error: { message: expect.stringContaining('7') } });
    expect(inotifyQueues()).toBe(queues);
    expect(readdirSync(watching.cookies)).toEqual([]);
    watching.session.arm([root.path]);
    watching.session.sync(99);
    await watching[Symbol.asyncDispose]();
    expect(watching.of('died')).toHaveLength(1);
    expect(watching.reports.at(-1)).toMatchObject({ type: 'died' });
  });

  test.each(['./broken-worker.ts', './missing-worker.ts'])(
    'while it starts is told of: %s',
    async (worker) => {
      using root = folder();
      await using watching = new Watching([root.path], worker);
      watching.session.arm([root.path]);
      await watching.first('died');
      await watching.session.close();
      expect(watching.reports).toHaveLength(1);
    },
  );
});

describe('closing', () => {
  test('leaves no queue and no file, whenever it is asked for, and however often', async () => {
    const queues = inotifyQueues();
    using root = folder();
    for (let round = 0; round < 5; round += 1) {
      const watching = new Watching([root.path]);
      watching.session.arm([root.path]);
      if (round > 0) await watching.sync();
      writeFileSync(`${root.path}/file`, '');
      await Promise.all([watching.session.close(), watching.session.close()]);
      const reports = watching.reports.length;
      writeFileSync(`${root.path}/file`, '');
      await watching.session.close();
      expect(watching.reports).toHaveLength(reports);
      expect(readdirSync(watching.cookies)).toEqual([]);
      rmSync(watching.cookies, { recursive: true });
    }
    expect(inotifyQueues()).toBe(queues);
  });

  test('leaves no thread, port or timer', async () => {
    using root = folder();
    await using watcher = start(process.execPath, program, root.path, 'closes');
    const first = (await watcher.says()).left;
    expect(first).toEqual({ resources: [], threads: expect.any(Number), queues: 0 });
    for (let round = 0; round < 3; round += 1) expect((await watcher.says()).left).toEqual(first);
    expect(await watcher.ended).toBe(0);
  });

  test('at the end of the process is not needed: it ends by itself, and leaves no cookie', async () => {
    for (const [how, told] of [
      ['starts', []],
      ['returns', ['armed', 'synced']],
      ['exits', ['armed', 'synced']],
    ] as const) {
      using root = folder();
      await using watcher = start(process.execPath, program, root.path, how);
      const { cookies, reports } = await watcher.says();
      expect(reports.map(({ type }) => type)).toEqual(told);
      expect(await watcher.ended).toBe(0);
      expect(readdirSync(cookies)).toEqual([]);
      rmSync(cookies, { recursive: true });
    }
  });
});

test('when the user has no watches left, what cannot be watched is refused, and the rest is', async () => {
  needUserNamespaces();
  using root = folder(...Array.from({ length: 40 }, (_, index) => `${index}`));
  const limited = `echo 30 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"`;
  await using watcher = start('unshare', '-Ur', 'sh', '-c', limited, process.execPath, program, root.path);
  const { reports } = await watcher.says();
  const armed = reports.flatMap((report) => (report.type === 'armed' ? report.directories : []));
  const refused = reports.filter((report) => report.type === 'refused');
  expect(armed).toHaveLength(30);
  expect(refused).toHaveLength(11);
  for (const report of refused) expect(report).toMatchObject({ reason: 'exhausted', code: 'ENOSPC' });
  // There is no watch left for the cookies, either.
  expect(reports.at(-1)).toEqual({ type: 'unsynced', id: 1, reason: 'unwritable' });
});

test('a process that was stopped while thousands of files were moved misses none', async () => {
  const names = Array.from({ length: 20 }, (_, index) => `${index}`);
  using root = folder(...names);
  const files = names.flatMap((name) =>
    Array.from({ length: 100 }, (_, index) => `${root.path}/${name}/${index}`),
  );
  for (const file of files) {
    writeFileSync(file, 'old');
    writeFileSync(`${file}.tmp`, 'new');
  }
  await using watcher = start(process.execPath, program, root.path);
  await watcher.says();
  stop(watcher.child);
  // Less than what counts as an overflow, after which nothing has to be told.
  for (const file of files) renameSync(`${file}.tmp`, file);
  watcher.child.kill('SIGCONT');
  watcher.child.stdin.write('say\n');
  const { answer, reports } = await watcher.says();
  expect(answer).toMatchObject({ type: 'synced' });
  expect(reports.filter(({ type }) => type === 'overflow')).toEqual([]);
  const hints = reports.flatMap((report) => (report.type === 'touched' ? report.hints : []));
  const touched = new Set(hints.map(({ directory, name }) => `${directory}/${name}`));
  expect(files.filter((file) => !touched.has(file))).toEqual([]);
});

/** Returns when the process is stopped, as the kernel says. */
function stop(child: ChildProcess): void {
  child.kill('SIGSTOP');
  while (!/\) T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8')));
}

test('cookies of processes that were killed are taken away once they are old', async () => {
  using root = folder();
  await using watching = new Watching([root.path]);
  const dead = spawn(process.execPath, ['-e', '0']);
  await new Promise((resolve) => dead.once('exit', resolve));
  const old = new Date(Date.now() - 2 * 3_600_000);
  const place = watching.cookies;
  const make = (name: string, time: Date) => {
    mkdirSync(`${place}/${name}`);
    utimesSync(`${place}/${name}`, time, time);
  };
  make(`holdfast-watch-${dead.pid}-aaaaaa`, old);
  make(`holdfast-watch-${dead.pid}-bbbbbb`, new Date());
  make(`holdfast-watch-${process.pid}-cccccc`, old);
  make(`another-watch-${dead.pid}-dddddd`, old);
  await watching.sync();
  expect(existsSync(`${place}/holdfast-watch-${dead.pid}-aaaaaa`)).toBe(false);
  expect(readdirSync(place)).toHaveLength(4);
});
