import { spawnSync } from 'node:child_process';

/** What may have become of a file, each so that it has to be moved aside. */
export const damages: readonly (readonly [what: string, damage: (bytes: Buffer) => Uint8Array])[] = [
  ['is garbage', () => Buffer.from('this is no database. '.repeat(5_000))],
  ['has a first page of zeros', (bytes) => Buffer.from(bytes).fill(0, 0, 4_096)],
  ['is cut in its header', (bytes) => bytes.subarray(0, 50)],
  ['is cut in its first page', (bytes) => bytes.subarray(0, 3_000)],
  ['is cut in half', (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['has only zeros', (bytes) => Buffer.alloc(bytes.length)],
];

const overwriting = `
  const fs = require('node:fs');
  for (const file of ['', '-wal'].map((suffix) => process.argv[1] + suffix).filter(fs.existsSync)) {
    const length = Math.max(fs.statSync(file).size, 100_000);
    fs.writeSync(fs.openSync(file, 'r+'), Buffer.alloc(length, 'no database'), 0, undefined, 0);
  }`;

/** Writes over a file that is open, by another process: closing it in this one would take SQLite's locks away. */
export function overwrite(path: string): void {
  const { status, stderr } = spawnSync(process.execPath, ['-e', overwriting, path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the file could not be overwritten: ${stderr}`);
}
