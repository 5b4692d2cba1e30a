import { type ChildProcess, spawn } from 'node:child_process';
import { isAbsolute, resolve as resolvePath } from 'node:path';
import { performance } from 'node:perf_hooks';

/** What one check did. A check that runs many tests counts each; any other counts as one. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** shown when something failed */
  readonly output: string;
}

/** One check of `npm test`. */
export interface Step {
  readonly name: string;
  run(): Promise<Outcome>;
}

export interface Run {
  /** the exit code; null when a signal ended it */
  readonly code: number | null;
  /** what it wrote to both streams, in order of arrival */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** shows the output as it comes */
  readonly echo?: boolean;
  /** milliseconds after which the program is ended; none by default */
  readonly limit?: number;
}

/** Programs write to a pipe here, so each is told whether a person watches. */
const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined };

/** Runs a program to its end. Never rejects for its exit code; rejects when it cannot be started. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { cwd = root, env = process.env, echo = false, limit } = options;
  // npm and npx are scripts: Windows starts those through its shell only.
  const shell = process.platform === 'win32' && !isAbsolute(command);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...env, ...color },
      shell,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    const collect = (chunk: Buffer) => {
      chunks.push(chunk);
      if (echo) process.stdout.write(chunk);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const timer = limit === undefined ? undefined : setTimeout(() => end(child, limit, chunks), limit);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output: Buffer.concat(chunks).toString() });
    });
  });
}

function end(child: ChildProcess, limit: number, chunks: Buffer[]): void {
  chunks.push(Buffer.from(`\nstill running after ${limit / 1000} s: ended\n`));
  child.kill('SIGKILL');
}

/** A check that is one program: it passes when that exits 0. */
export function program(name: string, command: string, args: readonly string[], options?: RunOptions): Step {
  return {
    name,
    run: async () => {
      const { code, output } = await run(command, args, options);
      return code === 0 ? { passed: 1, failed: 0, output } : { passed: 0, failed: 1, output };
    },
  };
}

/** Runs a check and prints one line of it, and its output when it failed. A check that throws has failed. */
export async function report(step: Step): Promise<Outcome> {
  const start = performance.now();
  const outcome = await step
    .run()
    .catch((error: Error) => ({ passed: 0, failed: 1, output: `${error.stack}\n` }));
  const seconds = `${((performance.now() - start) / 1000).toFixed(1)} s`.padStart(7);
  const { passed, failed, output } = outcome;
  const counts = passed + failed > 1 ? `  ${passed} passed${failed > 0 ? `, ${failed} failed` : ''}` : '';
  console.log(`${failed === 0 ? 'ok  ' : 'FAIL'} ${seconds}  ${step.name}${counts}`);
  if (failed > 0) console.log(output.trimEnd().replace(/^/gm, '    | '));
  return outcome;
}

/** The root of the repository. */
export const root: string = resolvePath(import.meta.dirname, '..');
