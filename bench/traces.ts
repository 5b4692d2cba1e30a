import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A recorded sequence of requests: dense ids (0, 1, 2, … by first appearance), one per request. */
export interface RecordedTrace {
  readonly name: string;
  readonly ids: Uint32Array;
  readonly unique: number;
}

/** Every `*.u32.gz` of a folder: gzip of little-endian uint32 ids. Loaded one at a time, as they are long. */
export function* tracesIn(folder: string, pattern: RegExp): Generator<RecordedTrace> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.u32.gz') && pattern.test(file));
  if (files.length === 0) throw new Error(`no *.u32.gz in the folder that matches ${pattern}`);
  for (const file of files.sort()) {
    const bytes = gunzipSync(readFileSync(join(folder, file)));
    if (bytes.length % 4 !== 0)
      throw new Error(`${file}: ${bytes.length} bytes are no whole number of uint32 ids`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const ids = Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(i * 4, true));
    let unique = 0;
    for (const id of ids) if (id >= unique) unique = id + 1;
    yield { name: basename(file, '.u32.gz'), ids, unique };
  }
}
