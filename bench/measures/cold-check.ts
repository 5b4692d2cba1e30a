import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWorkspace } from 'holdfast/workspace';
import { inFolder, pathsOf, writeFiles } from './ground.ts';
import { inTurns, type Share } from './hit.ts';

export interface ColdCheckOptions {
  readonly files: number;
  /** Bytes of a file on average. */
  readonly bytes: number;
  readonly warmUp: number;
  readonly rounds: number;
}

/** Per file. */
export interface ColdCheck extends Share {
  readonly megabytes: number;
  readonly files: number;
}

/** A check that has no signature to go by and hashes every file, against `readFileSync` and `crypto.hash` of the same. */
export function measureColdCheck(options: ColdCheckOptions): Promise<ColdCheck> {
  return inFolder(async (root) => {
    const paths = pathsOf(options.files);
    const megabytes = writeFiles(root, paths, options.bytes) / 1e6;
    const workspace = await openWorkspace(root, { maxSignatures: 0 });
    const readings = await Promise.all(paths.map((path) => workspace.hash(path)));
    const dependencies = readings.map(({ dependency }) => dependency);
    const files = paths.map((path, i) => ({ absolute: join(root, path), digest: dependencies[i]?.digest }));

    const floor = (): number => {
      let found = 0;
      for (const { absolute, digest } of files) {
        if (hash('sha256', readFileSync(absolute), 'hex') === digest) found += 1;
      }
      return found;
    };
    const own = async (): Promise<number> => {
      const { state } = await workspace.check(dependencies);
      return state === 'same' ? dependencies.length : 0;
    };
    const share = await inTurns(options, paths.length, floor, own);
    await workspace.close();
    return { ...share, megabytes, files: paths.length };
  });
}
