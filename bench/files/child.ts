/** One measurement with files, in a process of its own: `node child.ts '{"measure":…,"options":…}'`. */
import { type CheckedHitOptions, measureCheckedHit } from '../measures/checked-hit.ts';
import { type ColdCheck, type ColdCheckOptions, measureColdCheck } from '../measures/cold-check.ts';
import {
  type DependencyWeight,
  type DependencyWeightOptions,
  measureDependencyWeight,
} from '../measures/dependency-weight.ts';
import type { Share } from '../measures/hit.ts';
import { type LoopDelay, type LoopDelayOptions, measureLoopDelay } from '../measures/loop-delay.ts';
import { measureSourceIndex, type SourceIndex } from '../measures/source-index.ts';
import type { RepositorySize } from '../measures/source-repository.ts';

export interface Tasks {
  hit: { options: CheckedHitOptions; result: Share };
  cold: { options: ColdCheckOptions; result: ColdCheck };
  weight: { options: DependencyWeightOptions; result: DependencyWeight };
  delay: { options: LoopDelayOptions; result: LoopDelay };
  index: { options: RepositorySize; result: SourceIndex };
}

export type Task = { [M in keyof Tasks]: { measure: M; options: Tasks[M]['options'] } }[keyof Tasks];

function measure(task: Task): Promise<Tasks[keyof Tasks]['result']> {
  switch (task.measure) {
    case 'hit':
      return measureCheckedHit(task.options);
    case 'cold':
      return measureColdCheck(task.options);
    case 'weight':
      return measureDependencyWeight(task.options);
    case 'delay':
      return measureLoopDelay(task.options);
    case 'index':
      return measureSourceIndex(task.options);
  }
}

const result = await measure(JSON.parse(process.argv[2] ?? '{}') as Task);
process.stdout.write(`${JSON.stringify(result)}\n`);
