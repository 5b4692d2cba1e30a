/** The thread that watches, that stands still when it hears of a file named `hold`, until the pipe beside the root ends. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { linuxKernel } from '../../packages/holdfast/dist/workspace/watch/kernel.js';
import { serveWatching } from '../../packages/holdfast/dist/workspace/watch/watch-serving.js';

const { roots } = workerData as { readonly roots: readonly [string] };
const kernel = linuxKernel();
let held = false;
serveWatching({
  ...kernel,
  watch: (path, heard, failed) =>
    kernel.watch(
      path,
      (structural, name) => {
        heard(structural, name);
        if (held || Buffer.from(name).toString() !== 'hold') return;
        held = true;
        readFileSync(join(dirname(roots[0]), 'gate'));
      },
      failed,
    ),
});
