import { expect, test } from 'vitest';
import { sourceGlob, sourcePaths } from './source-glob.ts';

test('outputs by custom are left out only where no ignore file speaks for the folder', () => {
  const files = ['dist/a.js', 'src/a.ts', 'src/dist/b.js'];
  expect(sourcePaths(files)).toEqual(['src/a.ts']);
  expect(sourcePaths(['.gitignore', ...files])).toEqual(['.gitignore', ...files]);
  const nested = ['out/.gitignore', 'out/a.ts', 'src/.gitignore', 'src/dist/b.js'];
  expect(sourcePaths(nested)).toEqual(['src/.gitignore', 'src/dist/b.js']);
});

test('a folder that is marked as a cache or an environment is left out with all below it, but never the root', () => {
  const paths = [
    'CACHEDIR.TAG',
    'a/CACHEDIR.TAG',
    'a/b/c.ts',
    'd.ts',
    'e/pyvenv.cfg',
    'e/lib/f.py',
    'eg/h.py',
  ];
  expect(sourcePaths(paths)).toEqual(['CACHEDIR.TAG', 'd.ts', 'eg/h.py']);
});

test('binary and generated files are told by their names, in any case', () => {
  const paths = [
    'Cargo.lock',
    'LICENSE',
    'a.JS.MAP',
    'a.map.ts',
    'logo.PNG',
    'png',
    'src/yarn.lock',
    'x.snap',
  ];
  expect(sourcePaths(paths)).toEqual(['LICENSE', 'a.map.ts', 'png']);
});

test('the search does not enter folders that are never source', () => {
  expect(sourceGlob.options.ignore).toContain('node_modules/');
});
