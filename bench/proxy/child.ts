/** One measurement, in a process of its own: `node child.ts '{"measure":…,"options":…}'`. */
import { type Followers, type FollowersOptions, measureFollowers } from './followers.ts';
import { type Load, type LoadOptions, measureLoad } from './load.ts';

export interface Tasks {
  load: { options: LoadOptions; result: Load };
  followers: { options: FollowersOptions; result: Followers };
}

export type Task = { [M in keyof Tasks]: { measure: M; options: Tasks[M]['options'] } }[keyof Tasks];

function measure(task: Task): Promise<Tasks[keyof Tasks]['result']> {
  return task.measure === 'load' ? measureLoad(task.options) : measureFollowers(task.options);
}

const result = await measure(JSON.parse(process.argv[2] ?? '{}') as Task);
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
