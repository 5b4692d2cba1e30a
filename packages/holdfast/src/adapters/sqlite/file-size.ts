import { statSync } from 'node:fs';

/** 0 where there is no such file, or nothing can be learned of it. */
export function fileSize(path: string): number {
  try {
    return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  } catch {
    return 0;
  }
}
