import { lstatSync, readdirSync, rmSync } from 'node:fs';

/** A process that is not seen from here may still live: in another container, with the same temporary directory. */
const idle = 3_600_000;

export function cookiePrefix(place: string): string {
  return `${place}/holdfast-watch-${process.pid}-`;
}

/** Removes what processes left behind that were killed. */
export function removeStaleCookies(place: string): void {
  for (const name of readdirSync(place)) {
    const pid = /^holdfast-watch-(\d+)-\w{6}$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const directory = `${place}/${name}`;
    const status = lstatSync(directory, { throwIfNoEntry: false });
    if (status?.isDirectory() !== true || status.uid !== process.getuid?.()) continue;
    if (Date.now() - status.mtimeMs > idle) rmSync(directory, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: unknown }).code !== 'ESRCH';
  }
}
