import { statSync } from 'node:fs';

/** Which file a path names; undefined where there is none. Never open a database by anything but SQLite to find out:
 * closing a second descriptor takes its locks away. */
export function identityOf(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}

/** As `identityOf`, for whoever has to go on where even that fails. */
export function identityIfAny(path: string): string | undefined {
  try {
    return identityOf(path);
  } catch {
    return undefined;
  }
}
