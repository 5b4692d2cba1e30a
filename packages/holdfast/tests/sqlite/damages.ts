/** What may have become of a file, each so that it has to be moved aside. */
export const damages: readonly (readonly [what: string, damage: (bytes: Buffer) => Uint8Array])[] = [
  ['is garbage', () => Buffer.from('this is no database. '.repeat(5_000))],
  ['has a first page of zeros', (bytes) => Buffer.from(bytes).fill(0, 0, 4_096)],
  ['is cut in its header', (bytes) => bytes.subarray(0, 50)],
  ['is cut in its first page', (bytes) => bytes.subarray(0, 3_000)],
  ['is cut in half', (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['has only zeros', (bytes) => Buffer.alloc(bytes.length)],
];
