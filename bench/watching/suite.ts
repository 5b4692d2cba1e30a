/** Everything that is measured of watching, in order; each number by a process of its own. */
import { type Missed, type MissedOptions, type Scenario, scenarios } from '../measures/missed.ts';
import type { Watching, WatchingOptions } from '../measures/watching.ts';
import { spawnTask } from '../spawn.ts';
import { watcherNames } from '../watchers/watcher.ts';
import type { Task, Tasks } from './child.ts';

export interface Scale {
  readonly sizes: readonly WatchingOptions[];
  /** Processes for each watcher and scenario, in turns. */
  readonly repeats: number;
  readonly changed: Readonly<Record<Scenario, number>>;
}

export const full: Scale = {
  sizes: [20_000, 100_000].map((files) => ({ files, burstFiles: 5_000, singles: 300, pollingTime: 60_000 })),
  repeats: 3,
  changed: { fresh: 5_000, saves: 2_000, blocked: 20_000, stopped: 20_000 },
};

export const quick: Scale = {
  sizes: [{ files: 20_000, burstFiles: 1_000, singles: 30, pollingTime: 10_000 }],
  repeats: 1,
  changed: { fresh: 1_000, saves: 100, blocked: 2_000, stopped: 2_000 },
};

export interface Results {
  readonly costs: readonly (WatchingOptions & Watching)[];
  readonly missed: readonly (MissedOptions & Missed)[];
}

export async function measureAll(scale: Scale, progress: (what: string) => void): Promise<Results> {
  const missed: (MissedOptions & Missed)[] = [];
  for (const scenario of scenarios) {
    for (let repeat = 0; repeat < scale.repeats; repeat += 1) {
      for (const watcher of watcherNames) {
        progress(`missed by ${watcher}: ${scenario}`);
        const options = { watcher, scenario, files: scale.changed[scenario] };
        missed.push({ ...options, ...(await spawnWatching('missed', options)) });
      }
    }
  }
  const costs: (WatchingOptions & Watching)[] = [];
  for (const options of scale.sizes) {
    progress(`watching ${options.files} files`);
    costs.push({ ...options, ...(await spawnWatching('watching', options)) });
  }
  return { costs, missed };
}

function spawnWatching<M extends keyof Tasks>(measure: M, options: Tasks[M]['options']) {
  const task = { measure, options } as Task;
  const program = new URL('./child.ts', import.meta.url);
  return spawnTask(program, task, ['--expose-gc'], JSON.stringify(task)) as Promise<Tasks[M]['result']>;
}
