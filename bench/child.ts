/** One measurement of one contender, in a process of its own: `node child.ts '{"measure":…,"contender":…,"options":…}'`. */
import { type ContenderName, contenders } from './contenders/contender.ts';
import { type EvictionOptions, measureEviction } from './measures/eviction.ts';
import { type Herd, type HerdOptions, measureHerd } from './measures/herd.ts';
import { type HitOptions, measureGet, measureRead, type Share } from './measures/hit.ts';
import { measureWeight, type WeightOptions } from './measures/weight.ts';

export interface Tasks {
  get: { options: HitOptions; result: Share | undefined };
  read: { options: HitOptions; result: Share | undefined };
  eviction: { options: EvictionOptions; result: Share };
  herd: { options: HerdOptions; result: Herd };
  weight: { options: WeightOptions; result: number };
}

export type Task = {
  [M in keyof Tasks]: { measure: M; contender: ContenderName; options: Tasks[M]['options'] };
}[keyof Tasks];

async function measure(task: Task): Promise<unknown> {
  const { open } = await contenders[task.contender]();
  if (task.measure === 'weight') return measureWeight(() => open(task.options.entries), task.options);
  const contender = open(task.measure === 'eviction' ? task.options.maximum : 200_000);
  switch (task.measure) {
    case 'get':
      return measureGet(contender, task.options);
    case 'read':
      return measureRead(contender, task.options);
    case 'eviction':
      return measureEviction(contender, task.options);
    case 'herd':
      return measureHerd(contender, task.options);
  }
}

const result = await measure(JSON.parse(process.argv[2] ?? '{}') as Task);
// Some contenders leave timers behind: what was measured is all that matters here.
process.stdout.write(`${JSON.stringify(result ?? null)}\n`, () => process.exit(0));
