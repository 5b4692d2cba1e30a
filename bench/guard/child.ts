/** One measurement of one way to call, in a process of its own: `node child.ts '{"measure":…,"options":…}'`. */
import { type GuardCostOptions, measureGuardCost } from '../measures/guard-cost.ts';
import { type LoadOptions, runLoad } from '../measures/guard-load.ts';
import { type LoadOutcome, outcomeOf } from '../measures/guard-outcome.ts';
import type { Share } from '../measures/hit.ts';

export interface Tasks {
  load: { options: LoadOptions; result: LoadOutcome };
  cost: { options: GuardCostOptions; result: Share };
}

export type Task = { [M in keyof Tasks]: { measure: M; options: Tasks[M]['options'] } }[keyof Tasks];

async function measure(task: Task): Promise<Tasks[keyof Tasks]['result']> {
  if (task.measure === 'cost') return measureGuardCost(task.options);
  return outcomeOf(await runLoad(task.options), task.options);
}

const result = await measure(JSON.parse(process.argv[2] ?? '{}') as Task);
// Some are still at their retries: what was measured is all that matters here.
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
