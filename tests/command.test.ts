import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../scripts/step.ts';

const library = fileURLToPath(new URL('../packages/holdfast', import.meta.url));
const programs = {
  holdfast: join(library, 'bin/holdfast.js'),
  'holdfast-gateway': fileURLToPath(new URL('../packages/gateway/bin/holdfast-gateway.js', import.meta.url)),
};

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-command-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

/** Installs what a package of this name would bring, as npm lays it out. */
function install(name: string): void {
  const target = join(home, 'node_modules', name);
  mkdirSync(dirname(target), { recursive: true });
  if (name === 'holdfast') {
    cpSync(join(library, 'bin'), join(target, 'bin'), { recursive: true });
    cpSync(join(library, 'package.json'), join(target, 'package.json'));
    return;
  }
  mkdirSync(target);
  writeFileSync(
    join(target, 'package.json'),
    '{ "type": "module", "exports": { "./command": "./command.js" } }',
  );
  writeFileSync(
    join(target, 'command.js'),
    "console.log('the gateway got', ...process.argv.slice(2)); process.exitCode = 3;",
  );
}

const holdfast = (...args: string[]) =>
  run(process.execPath, [join(home, 'node_modules/holdfast/bin/holdfast.js'), ...args], { cwd: home });

test('holdfast --help without the gateway says what it is and how to get it, and exits 0', async () => {
  install('holdfast');
  const { code, output } = await holdfast('--help');
  expect(output).toContain('context cache for LLM applications');
  expect(output).toContain('npm install @holdfast/gateway');
  expect(code).toBe(0);
  expect(await holdfast()).toEqual({ code, output });
});

test('any other command without the gateway says in one line how to get it, and exits 1', async () => {
  install('holdfast');
  const { code, output } = await holdfast('serve');
  expect(output).toBe('holdfast serve needs the gateway: npm install @holdfast/gateway\n');
  expect(code).toBe(1);
});

test('holdfast --version without the gateway prints the version of the library', async () => {
  install('holdfast');
  expect(await holdfast('--version')).toEqual({ code: 0, output: '0.1.0\n' });
});

test('with the gateway beside it, holdfast hands it every argument and its exit code', async () => {
  install('holdfast');
  install('@holdfast/gateway');
  expect(await holdfast('serve', '--help')).toEqual({ code: 3, output: 'the gateway got serve --help\n' });
});

test('holdfast finds a gateway that only the folder has in which it is started', async () => {
  install('@holdfast/gateway');
  const apart = mkdtempSync(join(tmpdir(), 'holdfast-apart-'));
  try {
    cpSync(join(library, 'bin'), join(apart, 'bin'), { recursive: true });
    cpSync(join(library, 'package.json'), join(apart, 'package.json'));
    const done = await run(process.execPath, [join(apart, 'bin/holdfast.js'), 'stats'], { cwd: home });
    expect(done).toEqual({ code: 3, output: 'the gateway got stats\n' });
  } finally {
    rmSync(apart, { recursive: true });
  }
});

test('a gateway that breaks is not mistaken for one that is missing', async () => {
  install('holdfast');
  install('@holdfast/gateway');
  writeFileSync(join(home, 'node_modules/@holdfast/gateway/command.js'), "import 'something-missing';");
  const { code, output } = await holdfast('serve');
  expect(output).toContain('something-missing');
  expect(code).toBe(1);
});

const oldNode =
  "data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '22.12.0' } })";

test.each(Object.entries(programs))(
  '%s says in one line that Node 22 is too old, and exits 1',
  async (_, path) => {
    const { code, output } = await run(process.execPath, ['--import', oldNode, path, '--help']);
    expect(output).toBe(
      'holdfast needs Node 24 or newer, and this is Node 22.12.0: install a current one from https://nodejs.org\n',
    );
    expect(code).toBe(1);
  },
);

/** A Node below 24 that the machine itself has, with its version. */
function machinesOldNode(): { path: string; version: string } | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'node');
    if (!existsSync(path)) continue;
    const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim().slice(1);
    if (Number.parseInt(version, 10) < 24) return { path, version };
  }
  return undefined;
}

const old = machinesOldNode();
const oldPrograms = old === undefined ? [] : Object.entries(programs);

test.each(oldPrograms)("%s says the same on the machine's own old Node", async (_, path) => {
  const { code, output } = await run(old?.path ?? '', [path, '--help']);
  expect(output).toContain(`holdfast needs Node 24 or newer, and this is Node ${old?.version}`);
  expect(output.trimEnd().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
});
