import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nextMessage } from '../messages.ts';
import type { WatcherName } from '../watchers/watcher.ts';
import type { Answer, Order } from '../watching/watcher-program.ts';
import { freshPath, inFolder, pathsOf, writeFiles } from './ground.ts';
import { runWhileStopped } from './stopped.ts';

export const scenarios = ['fresh', 'saves', 'blocked', 'stopped'] as const;

export type Scenario = (typeof scenarios)[number];

export interface MissedOptions {
  readonly watcher: WatcherName;
  readonly scenario: Scenario;
  readonly files: number;
}

export interface Missed {
  readonly changes: number;
  /** Files that were changed and of which nothing was told. */
  readonly missed: number;
  /** Whether it said that something had gone wrong, or may have been lost. */
  readonly complained: boolean;
}

const program = fileURLToPath(new URL('../watching/watcher-program.ts', import.meta.url));
const writer = fileURLToPath(new URL('../watching/writer.ts', import.meta.url));
/** Atomic saves and writes in place, in turns. */
const saves = 4;

export function measureMissed({ watcher, scenario, files }: MissedOptions): Promise<Missed> {
  return inFolder(async (root) => {
    const existing = pathsOf(files);
    writeFiles(root, scenario === 'fresh' ? existing.slice(0, 100) : existing, 50);
    const fresh = Array.from({ length: files }, (_, i) => freshPath(i));
    const changed = scenario === 'fresh' ? fresh : existing;
    const child = spawn(process.execPath, [program, watcher, root], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    try {
      await ask(child, { type: 'open', paths: changed });
      let missed = 0;
      const rounds = scenario === 'saves' ? saves : 1;
      for (let round = 0; round < rounds; round += 1) {
        const isAtomic = scenario === 'saves' && round % 2 === 0;
        const how = isAtomic ? 'atomic' : scenario === 'fresh' ? 'fresh' : 'plain';
        const write = [writer, root, how, '0', `${files}`, `round ${round}`];
        if (scenario === 'blocked') await ask(child, { type: 'block', program: write });
        else if (scenario === 'stopped') runWhileStopped(child.pid as number, write);
        else await once(spawn(process.execPath, write, { stdio: 'ignore' }), 'exit');
        const { told } = await ask(child, { type: 'tell' });
        const known = new Set(told);
        missed += changed.filter((path) => !known.has(path)).length;
      }
      const { complaints } = await ask(child, { type: 'close' });
      return { changes: files * rounds, missed, complained: complaints > 0 };
    } finally {
      child.kill('SIGKILL');
    }
  });
}

function ask(child: ChildProcess, order: Order): Promise<Answer> {
  child.send(order);
  return nextMessage<Answer>(child);
}
