import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is there of this process' watching: threads, the kernel's queues, and directories for cookies. Elsewhere than on Linux no such things are made. */
export function leftovers(): string[] {
  if (process.platform !== 'linux') return [];
  const cookies = new RegExp(`^holdfast-watch-${process.pid}-`);
  return [
    ...described('/proc/self/task', (path) => readFileSync(`${path}/comm`, 'utf8')).filter((name) =>
      name.startsWith('holdfast watch'),
    ),
    ...queues(),
    ...[tmpdir(), '/dev/shm'].flatMap((folder) => readdirSync(folder)).filter((name) => cookies.test(name)),
  ];
}

/** Queues of the kernel's that this process has open. */
export function inotifyQueues(): number {
  return queues().length;
}

function queues(): string[] {
  return described('/proc/self/fd', readlinkSync).filter((name) => name.includes('inotify'));
}

function described(folder: string, describe: (path: string) => string): string[] {
  return readdirSync(folder).flatMap((name) => {
    try {
      return [describe(join(folder, name))];
    } catch {
      // It has ended, as the listing's own descriptor has.
      return [];
    }
  });
}
