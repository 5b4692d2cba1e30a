/** One measurement with a store, in a process of its own: `node child.ts '{"measure":…,"options":…}'`. */
import type { Share } from '../measures/hit.ts';
import type { StoreHerd, StoreHerdOptions } from '../measures/store-herd.ts';
import type { StoreMemoryOptions } from '../measures/store-memory.ts';
import type { FirstHit, FirstHitOptions, StoreOpeningOptions } from '../measures/store-opening.ts';
import type { StoreReadOptions } from '../measures/store-read.ts';
import type { Start, StartOptions, StoreWarmStartOptions, WarmStart } from '../measures/store-warm-start.ts';
import type { StoreWriteOptions } from '../measures/store-write.ts';

export interface Tasks {
  memory: { options: StoreMemoryOptions; result: Share };
  read: { options: StoreReadOptions; result: Share };
  write: { options: StoreWriteOptions; result: Share };
  opening: { options: StoreOpeningOptions; result: FirstHit };
  'first hit': { options: FirstHitOptions; result: FirstHit };
  herd: { options: StoreHerdOptions; result: StoreHerd };
  'warm start': { options: StoreWarmStartOptions; result: WarmStart };
  start: { options: StartOptions; result: Start };
}

export type Task = { [M in keyof Tasks]: { measure: M; options: Tasks[M]['options'] } }[keyof Tasks];

/** Loads what is measured and nothing else: a contender's process is its own. */
async function measure(task: Task): Promise<Tasks[keyof Tasks]['result']> {
  switch (task.measure) {
    case 'memory':
      return (await import('../measures/store-memory.ts')).measureStoreMemory(task.options);
    case 'read':
      return (await import('../measures/store-read.ts')).measureStoreRead(task.options);
    case 'write':
      return (await import('../measures/store-write.ts')).measureStoreWrite(task.options);
    case 'opening':
      return (await import('../measures/store-opening.ts')).measureStoreOpening(task.options);
    case 'first hit':
      return (await import('../measures/store-opening.ts')).measureFirstHit(task.options);
    case 'herd':
      return (await import('../measures/store-herd.ts')).measureStoreHerd(task.options);
    case 'warm start':
      return (await import('../measures/store-warm-start.ts')).measureStoreWarmStart(task.options);
    case 'start':
      return (await import('../measures/store-warm-start.ts')).measureStart(task.options);
  }
}

const result = await measure(JSON.parse(process.argv[2] ?? '{}') as Task);
process.stdout.write(`${JSON.stringify(result)}\n`);
