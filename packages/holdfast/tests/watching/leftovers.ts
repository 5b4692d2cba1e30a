import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is there of this process' watching: threads, the kernel's queues, and directories for cookies. Linux only. */
export function leftovers(): string[] {
  const cookies = new RegExp(`^holdfast-watch-${process.pid}-`);
  return [
    ...described('/proc/self/task', (path) => readFileSync(`${path}/comm`, 'utf8')).filter((name) =>
      name.startsWith('holdfast watch'),
    ),
    ...described('/proc/self/fd', readlinkSync).filter((name) => name.includes('inotify')),
    ...[tmpdir(), '/dev/shm'].flatMap((folder) => readdirSync(folder)).filter((name) => cookies.test(name)),
  ];
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
