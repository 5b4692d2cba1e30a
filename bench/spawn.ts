import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Task, Tasks } from './child.ts';
import type { ContenderName } from './contenders/contender.ts';

const run = promisify(execFile);
const child = fileURLToPath(new URL('./child.ts', import.meta.url));

/** Runs one measurement in a fresh process and hands back its result. */
export async function spawn<M extends keyof Tasks>(
  measure: M,
  contender: ContenderName,
  options: Tasks[M]['options'],
): Promise<Tasks[M]['result']> {
  const task = { measure, contender, options } as Task;
  const flags = measure === 'herd' || measure === 'weight' ? ['--expose-gc'] : [];
  try {
    const { stdout } = await run(process.execPath, [...flags, child, JSON.stringify(task)], {
      maxBuffer: 1 << 24,
    });
    return (JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null') ?? undefined) as Tasks[M]['result'];
  } catch (error) {
    throw new Error(`${measure} of ${contender} failed`, { cause: error });
  }
}
