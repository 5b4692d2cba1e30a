import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openWorkspace, type Workspace, type WorkspaceOptions } from 'holdfast/workspace';
import { type Block, longestBlock } from './blocks.ts';
import { inFolder, pathsOf, settledClock, writeFiles } from './ground.ts';
import { percentile, turn } from './material.ts';
import { runWhileStopped } from './stopped.ts';

export interface WatchingOptions {
  readonly files: number;
  /** Files that one burst changes. */
  readonly burstFiles: number;
  readonly singles: number;
  /** How long polling is looked at, in milliseconds. */
  readonly pollingTime: number;
}

/** In milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Watching {
  /** Milliseconds to read all files without watching, and until all that was read is watched and was looked at again. */
  readonly reading: number;
  readonly ready: number;
  readonly directories: number;
  readonly watches: number;
  /** Of the heap, for each file, beyond what a workspace takes that does not watch. */
  readonly bytesPerFile: number;
  /** Of the process, for the thread and everything else. */
  readonly residentMegabytes: number;
  readonly blocks: { readonly [phase in 'tracking' | 'idle' | 'overflow' | 'burst']: Block };
  /** Milliseconds from the overflow's end until everything is known again. */
  readonly recovery: number;
  /** From the write to the change being told; and until nothing that was made from the file is served unseen. */
  readonly single: Latency;
  readonly noticed: Latency;
  readonly burst: Latency;
  readonly polling: { readonly share: number; readonly found: number };
}

const writer = fileURLToPath(new URL('../watching/writer.ts', import.meta.url));
const run = promisify(execFile);

/** Needs `--expose-gc`. */
export function measureWatching(options: WatchingOptions): Promise<Watching> {
  return inFolder(async (root) => {
    const paths = pathsOf(options.files);
    writeFiles(root, paths, 100);
    const plain = await read(root, paths, { watch: false });
    const plainSize = size();
    await plain.workspace.close();
    const before = size();
    let reading = { workspace: plain.workspace, milliseconds: 0 };
    const tracking = await longestBlock(async () => {
      reading = await read(root, paths, {});
    });
    const { workspace, milliseconds: ready } = reading;
    const watching = size();
    const { directories } = workspace.status();
    const watches = countWatches();
    const idle = await longestBlock(() => turn(2_000));
    const single = await singles(workspace, root, paths, options.singles);
    let burst: Latency | undefined;
    const burstBlock = await longestBlock(async () => {
      burst = await latencies(workspace, root, options.burstFiles);
    });
    const { epoch } = workspace.status();
    // More than the kernel keeps, while nobody empties its queue.
    runWhileStopped(process.pid, [
      writer,
      root,
      'plain',
      '0',
      `${Math.min(options.files, 20_000)}`,
      'overflow',
    ]);
    let recovery = 0;
    const overflow = await longestBlock(async () => {
      recovery = await recovered(workspace, epoch);
    });
    await workspace.close();
    return {
      reading: plain.milliseconds,
      ready,
      directories,
      watches,
      bytesPerFile: (watching.heap - before.heap - (plainSize.heap - plain.before.heap)) / options.files,
      residentMegabytes: (watching.resident - plainSize.resident) / 2 ** 20,
      blocks: { tracking, idle, burst: burstBlock, overflow },
      recovery,
      ...single,
      burst: burst as Latency,
      polling: await polled(root, paths, options.pollingTime),
    };
  });
}

async function read(root: string, paths: readonly string[], options: WorkspaceOptions) {
  const before = size();
  const began = performance.now();
  const workspace = await openWorkspace(root, { paranoid: false, clock: settledClock, ...options });
  for (const path of paths) await workspace.hash(path);
  await workspace.sync();
  return { workspace, milliseconds: performance.now() - began, before };
}

function size(): { readonly heap: number; readonly resident: number } {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, resident: rss };
}

/** What the kernel has for this process. */
function countWatches(): number {
  const queues = readdirSync('/proc/self/fdinfo').map((descriptor) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    } catch {
      // That of the listing.
      return '';
    }
  });
  return queues.join('').match(/^inotify /gm)?.length ?? 0;
}

async function singles(workspace: Workspace, root: string, paths: readonly string[], count: number) {
  const [told, noticed]: [number[], number[]] = [[], []];
  for (let i = 0; i < count; i += 1) {
    const path = paths[(i * 7_919) % paths.length] as string;
    const change = nextChange(workspace, path);
    let heard = 0;
    const stop = workspace.watch?.onRevision(() => {
      heard ||= performance.now();
    });
    const began = performance.now();
    writeFileSync(join(root, path), `single ${i}`);
    const wrote = performance.now();
    await change;
    told.push(performance.now() - wrote);
    noticed.push(heard - began);
    stop?.();
    await turn(5);
  }
  return { single: spread(told), noticed: spread(noticed) };
}

function nextChange(workspace: Workspace, path: string): Promise<void> {
  return new Promise((resolve) => {
    // Watching keeps no process alive.
    const alive = setInterval(() => {}, 60_000);
    const stop = workspace.watch?.subscribe((event) => {
      if (event.type !== 'workspace.changed' || !event.changes.some(({ name }) => name === path)) return;
      stop?.();
      clearInterval(alive);
      resolve();
    });
  });
}

/** Another process writes, and says when. */
async function latencies(workspace: Workspace, root: string, count: number): Promise<Latency> {
  const told = new Map<string, number>();
  const stop = workspace.watch?.subscribe((event) => {
    if (event.type !== 'workspace.changed') return;
    const now = performance.timeOrigin + performance.now();
    for (const { name } of event.changes) told.set(name, now);
  });
  const { stdout } = await run(process.execPath, [writer, root, 'timed', '0', `${count}`, 'burst'], {
    maxBuffer: 1 << 26,
  });
  await workspace.sync();
  stop?.();
  const times = JSON.parse(stdout) as number[];
  return spread(pathsOf(count).map((path, i) => (told.get(path) ?? Number.NaN) - (times[i] as number)));
}

async function recovered(workspace: Workspace, epoch: number): Promise<number> {
  const began = performance.now();
  await workspace.sync();
  if (workspace.status().epoch === epoch) throw new Error('nothing was lost, so nothing was measured');
  return performance.now() - began;
}

async function polled(root: string, paths: readonly string[], milliseconds: number) {
  const { workspace } = await read(root, paths, { watch: 'poll' });
  const before = process.cpuUsage();
  await turn(milliseconds);
  const { user, system } = process.cpuUsage(before);
  const path = paths[paths.length >> 1] as string;
  const change = nextChange(workspace, path);
  const began = performance.now();
  writeFileSync(join(root, path), 'polled');
  await change;
  const found = performance.now() - began;
  await workspace.close();
  return { share: (user + system) / 1e3 / milliseconds, found };
}

function spread(times: readonly number[]): Latency {
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), max: percentile(times, 1) };
}
