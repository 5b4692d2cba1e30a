import { existsSync } from 'node:fs';
import { type Kernel, linuxKernel } from '../../src/workspace/watch/kernel.ts';
import { serveWatching } from '../../src/workspace/watch/watch-serving.ts';

const real = linuxKernel();

/** A thread that does what the names of files say, when it is told of them. */
const kernel: Kernel = {
  ...real,
  watch: (path, heard, failed) =>
    real.watch(
      path,
      (structural, name) => {
        const wish = Buffer.from(name).toString();
        if (wish === 'block') block(path);
        if (wish === 'exit') process.exit(7);
        if (wish === 'throw outside') throw new Error('thrown outside');
        heard(structural, wish === 'throw inside' ? (null as unknown as Uint8Array) : name);
      },
      failed,
    ),
};

/** Until there is a file `go`. */
function block(path: string): void {
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(`${path}/go`)) Atomics.wait(nothing, 0, 0, 5);
}

serveWatching(kernel);
