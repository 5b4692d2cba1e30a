/** When it hears of a file named `hold`, it stands at the gate beside the root. */
import { readFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { linuxKernel } from '../../src/workspace/watch/kernel.ts';
import type { ThreadData } from '../../src/workspace/watch/order.ts';
import { serveWatching } from '../../src/workspace/watch/watch-serving.ts';
import { gateOf } from './gate.ts';

const gate = gateOf((workerData as ThreadData).roots[0] as string);
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
        readFileSync(gate);
      },
      failed,
    ),
});
