import { execFileSync } from 'node:child_process';

/** The main thread's state stands for all: they are stopped together. */
const script = `
  pid=$1; shift
  kill -STOP "$pid"; until grep -q ') T ' "/proc/$pid/stat"; do :; done
  "$@"; status=$?
  kill -CONT "$pid"; exit $status
`;

/** Runs a Node program to its end while a process is stopped (SIGSTOP), which may be this one. Linux only. */
export function runWhileStopped(pid: number, program: readonly string[]): void {
  execFileSync('sh', ['-c', script, 'sh', `${pid}`, process.execPath, ...program], { stdio: 'ignore' });
}
