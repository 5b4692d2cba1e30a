import { closeSync, openSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { type Kernel, linuxKernel } from '../../src/workspace/watch/kernel.ts';
import type { ThreadData } from '../../src/workspace/watch/order.ts';
import { serveWatching } from '../../src/workspace/watch/watch-serving.ts';
import { gateOf } from '../watching/gate.ts';

const real = linuxKernel();

/** A thread that does what the names of files say, when it is told of them. */
const kernel: Kernel = {
  ...real,
  watch: (path, heard, failed) =>
    real.watch(
      path,
      (structural, name) => {
        const wish = Buffer.from(name).toString();
        if (wish === 'block') block();
        if (wish === 'exit') process.exit(7);
        if (wish === 'throw outside') throw new Error('thrown outside');
        heard(structural, wish === 'throw inside' ? (null as unknown as Uint8Array) : name);
      },
      failed,
    ),
};

/** For ever, once it was seen at the gate: a pipe would hold its thread against being ended. */
function block(): void {
  closeSync(openSync(gateOf((workerData as ThreadData).roots[0] as string), 'r'));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

serveWatching(kernel);
