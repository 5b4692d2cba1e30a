/** One measurement of watching, in a process of its own: `node child.ts '{"measure":…,"options":…}'`. */
import { type Missed, type MissedOptions, measureMissed } from '../measures/missed.ts';
import { measureWatching, type Watching, type WatchingOptions } from '../measures/watching.ts';

export interface Tasks {
  watching: { options: WatchingOptions; result: Watching };
  missed: { options: MissedOptions; result: Missed };
}

export type Task = { [M in keyof Tasks]: { measure: M; options: Tasks[M]['options'] } }[keyof Tasks];

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const result = await (task.measure === 'watching'
  ? measureWatching(task.options)
  : measureMissed(task.options));
process.stdout.write(`${JSON.stringify(result)}\n`);
