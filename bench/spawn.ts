import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Task, Tasks } from './child.ts';
import type { ContenderName } from './contenders/contender.ts';

const run = promisify(execFile);
const child = new URL('./child.ts', import.meta.url);

/** Runs one measurement in a fresh process and hands back its result. */
export async function spawn<M extends keyof Tasks>(
  measure: M,
  contender: ContenderName,
  options: Tasks[M]['options'],
): Promise<Tasks[M]['result']> {
  const task = { measure, contender, options } as Task;
  const flags = measure === 'herd' || measure === 'weight' ? ['--expose-gc'] : [];
  return (await spawnTask(child, task, flags, `${measure} of ${contender}`)) as Tasks[M]['result'];
}

/** Runs a program with a task as its argument; what it says last is the result, `null` being none. */
export async function spawnTask(
  program: URL,
  task: object,
  flags: readonly string[],
  what: string,
): Promise<unknown> {
  try {
    const { stdout } = await run(process.execPath, [...flags, fileURLToPath(program), JSON.stringify(task)], {
      maxBuffer: 1 << 24,
    });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? 'null') ?? undefined;
  } catch (error) {
    throw new Error(`${what} failed`, { cause: error });
  }
}
