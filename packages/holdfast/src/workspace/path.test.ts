import { posix, win32 } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Flavour, isInside, normalizePath } from './path.ts';

const unix = (path: string, roots = ['/work/root']) => normalizePath(path, roots, posix);
const windows = (path: string) => normalizePath(path, ['C:\\work\\root'], win32 as Flavour);

describe('normalizing a path', () => {
  it('gives one relative name with / to every way of writing it', () => {
    for (const path of [
      'a/b.ts',
      './a/b.ts',
      'a//b.ts',
      'a/./c/../b.ts',
      '../root/a/b.ts',
      '/work/root/a/b.ts',
    ]) {
      expect(unix(path)).toBe('a/b.ts');
    }
    for (const path of ['a/b.ts', 'a\\b.ts', 'C:\\work\\root\\a\\b.ts', 'c:/WORK/root/a/b.ts']) {
      expect(windows(path)).toBe('a/b.ts');
    }
    expect(unix('.')).toBe('.');
    expect(unix('/work/root/')).toBe('.');
  });

  it('keeps a backslash that is part of a name where it is no separator', () => {
    expect(unix('a\\b.ts')).toBe('a\\b.ts');
  });

  it('knows the root by the name that it was opened by, too, but only in absolute paths', () => {
    expect(unix('/link/a.ts', ['/work/root', '/link'])).toBe('a.ts');
    expect(() => unix('../link/a.ts', ['/work/root', '/link'])).toThrowError(
      expect.objectContaining({ code: 'E_OUTSIDE_ROOT' }),
    );
  });

  it('takes names that only look like a way out', () => {
    for (const path of ['..a/b', '...', 'a..', '..a']) expect(unix(path)).toBe(path);
  });

  it.each(['..', '../x', 'a/../../x', '/etc/hosts', '/work/rootless/x', '/'])(
    'refuses %s as outside',
    (path) => {
      expect(() => unix(path)).toThrowError(expect.objectContaining({ code: 'E_OUTSIDE_ROOT' }));
    },
  );

  it.each(['D:\\x', '..\\x', '\\\\server\\share\\x', '\\x', '\\\\?\\C:\\x'])(
    'refuses %s as outside on Windows',
    (path) => {
      expect(() => windows(path)).toThrowError(expect.objectContaining({ code: 'E_OUTSIDE_ROOT' }));
    },
  );

  it('names no outside path in its message', () => {
    expect(() => unix('/etc/canary')).toThrowError(
      expect.objectContaining({ message: expect.not.stringContaining('canary') }),
    );
  });

  it.each([
    ['empty', ''],
    ['NUL', 'a\0b'],
    ['half a pair', 'a\ud800'],
    ['no string', 7],
    ['null', null],
  ])('refuses what cannot be a path: %s', (_, path) => {
    expect(() => unix(path as string)).toThrowError(expect.objectContaining({ code: 'E_PATH' }));
  });

  it.each(['C:relative', 'a.txt:stream', 'C:\\work\\root\\a:b'])(
    'refuses the colon in %s on Windows',
    (path) => {
      expect(() => windows(path)).toThrowError(expect.objectContaining({ code: 'E_PATH' }));
    },
  );
});

describe('being inside', () => {
  it('goes by whole parts of the path', () => {
    expect(isInside('/a', '/a', '/')).toBe(true);
    expect(isInside('/a', '/a/b', '/')).toBe(true);
    expect(isInside('/', '/b', '/')).toBe(true);
    expect(isInside('/a', '/ab', '/')).toBe(false);
    expect(isInside('C:\\', 'C:\\b', '\\')).toBe(true);
  });
});
