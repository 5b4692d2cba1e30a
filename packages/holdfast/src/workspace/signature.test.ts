import { describe, expect, it } from 'vitest';
import type { FileStatus } from './file-system.ts';
import { isSettled, SignatureTable, sameSignature } from './signature.ts';

const status: FileStatus = { dev: 1n, ino: 2n, mode: 3n, size: 4n, mtimeNs: 5_000_000n, ctimeNs: 6_000_000n };
const changedAt = (mtime: number, ctime: number): FileStatus => ({
  ...status,
  mtimeNs: BigInt(mtime) * 1_000_000n,
  ctimeNs: BigInt(ctime) * 1_000_000n,
});

describe('a signature', () => {
  it.each(['dev', 'ino', 'mode', 'size', 'mtimeNs', 'ctimeNs'] as const)('differs when %s does', (field) => {
    expect(sameSignature(status, { ...status })).toBe(true);
    expect(sameSignature(status, { ...status, [field]: 99n })).toBe(false);
  });

  it('is settled once its youngest time stamp is more than two seconds older than the start of hashing', () => {
    expect(isSettled(changedAt(1_000, 1_000), 3_000, 0)).toBe(false);
    expect(isSettled(changedAt(1_000, 1_000), 3_001, 0)).toBe(true);
    expect(isSettled(changedAt(0, 1_000), 3_000, 0)).toBe(false);
    expect(isSettled(changedAt(1_000, 0), 3_000, 0)).toBe(false);
  });

  it('is judged to the nanosecond', () => {
    const changed = 1_800_000_000_000_000_001n;
    const edge = { ...status, mtimeNs: changed, ctimeNs: changed };
    expect(isSettled(edge, 1_800_000_002_000, 0)).toBe(false);
    expect(isSettled({ ...edge, mtimeNs: changed - 2n, ctimeNs: changed - 1n }, 1_800_000_002_000, 0)).toBe(
      false,
    );
    expect(isSettled({ ...edge, mtimeNs: changed - 2n, ctimeNs: changed - 2n }, 1_800_000_002_000, 0)).toBe(
      true,
    );
  });

  it('takes more than twice the time of a slow read to settle', () => {
    expect(isSettled(changedAt(1_000, 1_000), 11_000, 5_000)).toBe(false);
    expect(isSettled(changedAt(1_000, 1_000), 11_001, 5_000)).toBe(true);
  });

  it('is never settled while its time lies in the future', () => {
    expect(isSettled(changedAt(60_000, 0), 10_000, 0)).toBe(false);
  });
});

describe('the signature table', () => {
  it('knows a digest by the path and the whole signature', () => {
    const table = new SignatureTable(10);
    table.set('a', status, 'digest');
    expect(table.digest('a', { ...status })).toBe('digest');
    expect(table.digest('b', status)).toBeUndefined();
    expect(table.digest('a', { ...status, ctimeNs: 7n })).toBeUndefined();
    table.delete('a');
    expect(table.digest('a', status)).toBeUndefined();
  });

  it('stays within its limit, keeps what is asked for, and loses what is not', () => {
    const table = new SignatureTable(100);
    table.set('kept', status, 'digest');
    for (let index = 0; index < 1_000; index += 1) {
      table.set(`path ${index}`, status, 'other');
      expect(table.digest('kept', status)).toBe('digest');
      expect(table.size).toBeLessThanOrEqual(100);
    }
    expect(table.digest('path 0', status)).toBeUndefined();
    expect(table.digest('path 999', status)).toBe('other');
  });

  it('holds each path once, so an older line never comes back', () => {
    const table = new SignatureTable(4);
    table.set('a', status, 'old');
    table.set('b', status, 'b');
    table.set('c', status, 'c');
    table.set('a', status, 'new');
    expect(table.size).toBe(3);
    table.delete('a');
    expect(table.digest('a', status)).toBeUndefined();
  });

  it('adopts lines of other processes where nothing is known, while there is room', () => {
    const table = new SignatureTable(4);
    const line = (digest: string) => ({ signature: status, digest, used: 0 });
    table.set('a', status, 'own');
    for (const path of ['a', 'b', 'c', 'd', 'e', 'f']) table.adopt(path, line('adopted'));
    expect(table.digest('a', status)).toBe('own');
    expect([...table.paths()].toSorted()).toEqual(['a', 'b', 'c', 'd']);
    expect(table.digest('b', status)).toBe('adopted');
    expect(table.size).toBeLessThanOrEqual(4);
  });

  it('tells who listens of what was learned by itself, and notes the day on which a line was asked for', () => {
    const table = new SignatureTable(4);
    const told: string[] = [];
    const off = table.listen((path) => told.push(path));
    table.today = 1;
    table.set('a', status, 'digest');
    table.adopt('b', { signature: status, digest: 'adopted', used: 0 });
    table.delete('nothing');
    table.today = 2;
    table.digest('a', { ...status, size: 99n });
    expect([table.peek('a')?.used, table.peek('b')?.used]).toEqual([1, 0]);
    table.digest('a', status);
    table.digest('b', status);
    expect([table.peek('a')?.used, table.peek('b')?.used]).toEqual([2, 2]);
    expect(told).toEqual(['a']);
    table.delete('b');
    table.clear();
    expect(told).toEqual(['a', 'b']);
    off();
    table.set('c', status, 'digest');
    expect(told).toEqual(['a', 'b']);
  });

  it('remembers nothing with a limit of 0', () => {
    const table = new SignatureTable(0);
    table.set('a', status, 'digest');
    table.adopt('b', { signature: status, digest: 'digest', used: 0 });
    expect(table.digest('a', status)).toBeUndefined();
    expect(table.size).toBe(0);
  });
});
