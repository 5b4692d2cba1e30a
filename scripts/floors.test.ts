import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkFloors } from './floors.ts';

const roots: string[] = [];

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** A repository of the given files, and what the check says of it: `file:line specifier`. */
function broken(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-floors-'));
  roots.push(root);
  const manifest = JSON.stringify({
    exports: { '.': './dist/index.js', './testing': './dist/testing/index.js' },
    dependencies: { picomatch: '4.0.7', '@cfworker/json-schema': '4.1.6' },
  });
  for (const [path, text] of Object.entries({ 'packages/holdfast/package.json': manifest, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkFloors(root).map(({ file, line, specifier }) => `${file}:${line} ${specifier}`);
}

/** The same for one file of the library that has one import. */
const breaks = (file: string, specifier: string) =>
  broken({ [`packages/holdfast/src/${file}`]: `import '${specifier}';` }).length === 1;

test.each([
  ['cache/call.ts', '../memory/entry.ts'],
  ['cache/call.ts', './flight.ts'],
  ['cache/call.ts', '../workspace/index.ts'],
  ['cache/steps/one.ts', '../flight.ts'],
  ['model/key.ts', '../lib/bytes.ts'],
  ['events/bus.ts', '../model/key.ts'],
  ['memory/entry.ts', 'node:crypto'],
  ['testing/harness.ts', '../cache/call.ts'],
  ['adapters/redis/client.ts', 'ioredis'],
  ['workspace/pattern.ts', 'picomatch'],
  ['workspace/pattern.ts', 'picomatch/posix'],
  ['llm/gemini/conformance.ts', '@cfworker/json-schema'],
  ['workspace/model.test.ts', './disk.test-support.ts'],
  ['workspace/disk.test-support.ts', 'vitest'],
  ['cache/call.test.ts', '../testing/index.ts'],
  ['cache/call.test.ts', '../index.ts'],
  ['cache/call.test.ts', 'vitest'],
  ['index.ts', './cache/index.ts'],
  ['index.test.ts', './index.ts'],
])('%s may import %s', (file, specifier) => {
  expect(breaks(file, specifier)).toBe(false);
});

test.each([
  ['memory/entry.ts', '../cache/call.ts', 'up'],
  ['memory/entry.ts', '../trace/trace.ts', 'sideways'],
  ['lib/bytes.ts', '../model/key.ts', 'up within floor 1'],
  ['model/key.ts', '../events/bus.ts', 'up within floor 1'],
  ['cache/call.ts', '../index.ts', 'above every floor'],
  ['cache/call.ts', '../testing/index.ts', 'up'],
  ['cache/call.ts', './call.test.ts', 'a test'],
  ['cache/call.ts', 'lru-cache', 'a dependency'],
  ['cache/call.ts', 'picomatch', 'a dependency of the library'],
  ['index.ts', 'lru-cache', 'a dependency'],
  ['workspace/pattern.ts', 'minimatch', 'a package that the library does not declare'],
  ['llm/exchanges.ts', 'ajv', 'a package that the library does not declare'],
  ['workspace/pattern.ts', 'picomatch-more', 'a package whose name begins like one that it declares'],
  ['workspace/pattern.ts', './disk.test-support.ts', 'what tests stand on'],
  ['cache/call.ts', 'holdfast', 'itself by name'],
  ['cache/call.ts', '../../package.json', 'outside of src'],
  ['memory/entry.test.ts', '../cache/call.ts', 'up, in a test'],
  ['garden/tree.ts', '../lib/bytes.ts', 'from a room without a floor'],
  ['cache/call.ts', '../garden/tree.ts', 'a room without a floor'],
  ['stray.ts', './lib/bytes.ts', 'into a file outside of the rooms'],
])('%s may not import %s: %s', (file, specifier) => {
  expect(breaks(file, specifier)).toBe(true);
});

test('every way to name a module is seen, types included, with its line', () => {
  const source = [
    "import type { A } from '../cache/a.ts';",
    "export * from '../cache/b.ts';",
    "export type { C } from '../cache/c.ts';",
    "let d: import('../cache/d.ts').D;",
    "const e = await import('../cache/e.ts');",
    "import f = require('../cache/f.ts');",
    "new Worker(new URL('../cache/g.ts', import.meta.url));",
    'await import(d);',
    "// import '../cache/comment.ts';",
    "const text = `import '../cache/text.ts'`;",
  ].join('\n');
  expect(broken({ 'packages/holdfast/src/lib/all.ts': source })).toEqual(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g']
      .map((name, index) => `packages/holdfast/src/lib/all.ts:${index + 1} ../cache/${name}.ts`)
      .concat('packages/holdfast/src/lib/all.ts:8 undefined'),
  );
});

test('the gateway and the examples see only the public subpaths of the library', () => {
  const found = broken({
    'packages/gateway/src/cli/main.ts':
      "import 'holdfast';\nimport 'holdfast/testing';\nimport 'holdfast/cache';\nimport '../server/server.ts';",
    'packages/gateway/tests/server.test.ts': "import '../../holdfast/src/index.ts';",
    'packages/gateway/node_modules/other/index.js': "import 'holdfast/cache';",
    'examples/first.ts': "import 'holdfast/dist/index.js';",
  });
  expect(found).toEqual([
    'packages/gateway/src/cli/main.ts:3 holdfast/cache',
    'packages/gateway/tests/server.test.ts:1 ../../holdfast/src/index.ts',
    'examples/first.ts:1 holdfast/dist/index.js',
  ]);
});

test('a source that does not parse is an error, not a pass', () => {
  expect(() => broken({ 'packages/holdfast/src/lib/half.ts': 'import {' })).toThrow(
    /half\.ts does not parse/,
  );
});
