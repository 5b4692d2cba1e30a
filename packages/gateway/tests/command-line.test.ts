import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StatsAnswer, StoreAnswer, SymbolAnswer, WhyAnswer } from '../src/api/index.ts';
import type { Outline } from '../src/outline/index.ts';
import { makeFolder, runCommand, startServe } from './command.ts';

describe('help', () => {
  test.each(['', 'serve', 'outline', 'summary', 'symbol', 'why', 'stats', 'demo'])(
    'holdfast help %s is as agreed',
    async (command) => {
      const words = command === '' ? [] : [command];
      const { code, stdout, output } = await runCommand(['help', ...words]);
      expect(code).toBe(0);
      expect(output).toBe(stdout);
      await expect(stdout).toMatchFileSnapshot(`golden/help${command && `-${command}`}.txt`);
      for (const flag of ['--help', '-h']) expect((await runCommand([...words, flag])).stdout).toBe(stdout);
    },
  );

  test('no line of it is wider than 120 columns, and examples come first', async () => {
    for (const command of [
      [],
      ['serve'],
      ['outline'],
      ['summary'],
      ['symbol'],
      ['why'],
      ['stats'],
      ['demo'],
    ]) {
      const { stdout } = await runCommand(['help', ...command]);
      const [title, blank, example] = stdout.split('\n');
      expect(title).toMatch(/^holdfast/);
      expect(blank).toBe('');
      expect(example).toMatch(/^ {2}holdfast /);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    }
  });

  test('without arguments holdfast prints its help, and --version its version', async () => {
    expect((await runCommand([])).stdout).toBe((await runCommand(['help'])).stdout);
    expect((await runCommand(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

test.each([
  [['srve'], "there is no command 'srve'; did you mean holdfast serve? See holdfast help"],
  [['xyzzy'], "there is no command 'xyzzy'; see holdfast help"],
  [['--verison'], "there is no option '--verison'; did you mean --version? See holdfast help"],
  [['help', 'outlin'], "there is no command 'outlin'; did you mean holdfast outline? See holdfast help"],
  [
    ['serve', '--prot', '1'],
    'holdfast serve has no option --prot; did you mean --port? See holdfast help serve',
  ],
  [['serve', '--open'], 'holdfast serve has no option --open; see holdfast help serve'],
  [['serve', '--port'], '--port needs a value; see holdfast help serve'],
  [
    ['serve', '--port', '99999'],
    "--port must be a whole number from 0 to 65535, not '99999'; see holdfast help serve",
  ],
  [
    ['serve', '--port', '4e3'],
    "--port must be a whole number from 0 to 65535, not '4e3'; see holdfast help serve",
  ],
  [['serve', 'a', 'b'], "one argument too many: 'b'; see holdfast help serve"],
  [['stats', '--json=yes'], '--json takes no value; see holdfast help stats'],
  [['outline'], 'which file? See holdfast help outline'],
  [['outline', ''], 'which file? See holdfast help outline'],
  [['summary'], 'which file? See holdfast help summary'],
  [['summry', 'a.ts'], "there is no command 'summry'; did you mean holdfast summary? See holdfast help"],
  [
    ['summary', 'a.ts', '--summary-modl', 'x'],
    'holdfast summary has no option --summary-modl; did you mean --summary-model? See holdfast help summary',
  ],
  [['symbl', 'a'], "there is no command 'symbl'; did you mean holdfast symbol? See holdfast help"],
  [['wy', 'a.ts'], "there is no command 'wy'; did you mean holdfast why? See holdfast help"],
  [['symbol'], 'which symbol? See holdfast help symbol'],
  [['why', ''], 'which file? See holdfast help why'],
  [
    ['symbol', 'a', '--limit', '0'],
    "--limit must be a whole number from 1 to 1000, not '0'; see holdfast help symbol",
  ],
  [
    ['symbol', 'a', '--limt', '1'],
    'holdfast symbol has no option --limt; did you mean --limit? See holdfast help symbol',
  ],
])('%j is wrong usage: one line that says what is near, and exit code 2', async (args, message) => {
  expect(await runCommand(args)).toEqual({ code: 2, stdout: '', output: `holdfast: ${message}\n` });
});

describe('outline', () => {
  test('prints a file at a glance, or as JSON', async () => {
    const folder = makeFolder({
      'a.ts': "import { x } from './x.ts';\nexport class Server {\n  start() {\n    return x;\n  }\n}\n",
    });
    const plain = await runCommand(['outline', 'a.ts'], { cwd: folder });
    expect(plain.code).toBe(0);
    expect(plain.stdout).toBe(
      'a.ts\ntypescript, 6 lines, 82 bytes, about 22 tokens\nimports ./x.ts\n2-6  class Server, exported\n3-5    method start\n',
    );
    const { stdout } = await runCommand(['outline', 'a.ts', '--json'], { cwd: folder });
    expect((JSON.parse(stdout) as Outline).symbols.map(({ name }) => name)).toEqual(['Server', 'start']);
  });

  test.each([
    ['missing.ts', '"missing.ts" does not exist'],
    ['.', '"." is a folder: holdfast serve outlines folders'],
    ['/dev/null', '"/dev/null" is not a regular file'],
  ])('%s fails in one line with exit code 1', async (file, message) => {
    const done = await runCommand(['outline', file], { cwd: makeFolder({}) });
    expect(done).toEqual({ code: 1, stdout: '', output: `holdfast: ${message}\n` });
  });
});

const symbolSources = {
  'src/server.ts': 'export class Server {\n  start() {}\n}\n',
  'serve.py': 'def serve():\n    pass\n',
};

describe('symbol', () => {
  const found = 'serve.py:1       function  def serve():\nsrc/server.ts:1  class     export class Server {\n';

  test('reads the folder where no server runs, and says so on stderr', async () => {
    const folder = makeFolder(symbolSources);
    const alone = await runCommand(['symbol', 'serve'], { cwd: folder });
    expect(alone).toMatchObject({ code: 0, stdout: found });
    expect(alone.output.replace(found, '')).toMatch(
      /^holdfast: no server is running for ".": read 2 files in [\d.]+ s; holdfast serve keeps the index\n$/,
    );
    const { stdout } = await runCommand(['symbol', 'START', folder, '--json']);
    const { matches } = JSON.parse(stdout) as SymbolAnswer;
    expect(matches).toMatchObject([{ name: 'start', parent: 'Server', path: 'src/server.ts', startLine: 2 }]);
  });

  test('asks the server that runs for the folder, and tells what it does not show', async () => {
    const folder = makeFolder(symbolSources);
    const server = await startServe(folder);
    expect(await runCommand(['symbol', 'serve'], { cwd: folder })).toEqual({
      code: 0,
      stdout: found,
      output: found,
    });
    const [first] = found.split('\n');
    const one = await runCommand(['symbol', 'serve', folder, '--limit', '1']);
    expect(one.output).toContain('holdfast: the first 1 of 2: give a longer name, or --limit\n');
    expect(one.stdout.trimEnd().split(/ +/)).toEqual(first?.split(/ +/));
    const { stdout } = await runCommand(['symbol', 'serve', folder, '--json']);
    expect(JSON.parse(stdout)).toEqual(await server.json<SymbolAnswer>('/api/symbol?name=serve&limit=20'));
  });

  test('exits 6 where there is no such symbol, and 4 where there is no folder', async () => {
    const folder = makeFolder(symbolSources);
    await startServe(folder);
    expect(await runCommand(['symbol', 'nowhere', folder])).toEqual({
      code: 6,
      stdout: '',
      output: `holdfast: ${JSON.stringify(folder)} has no symbol "nowhere" and none that begins so, of 3 symbols in 2 files\n`,
    });
    expect((await runCommand(['symbol', 'a', join(folder, 'missing')])).code).toBe(4);
  });

  test('shows what cannot be seen in the name of a file', async () => {
    const folder = makeFolder({ 'a\u001b[31m.ts': 'export const coloured = 1;\n' });
    const { stdout } = await runCommand(['symbol', 'coloured'], { cwd: folder });
    expect(stdout).toMatch(/^a\\x1b\[31m\.ts:1 {2}variable {2}export const coloured = 1;?\n$/);
  });
});

describe('why', () => {
  test('tells when and why an outline was made again, and what was made from it', async () => {
    const folder = makeFolder(symbolSources);
    const server = await startServe(folder);
    writeFileSync(join(folder, 'src/server.ts'), '/** A remark. */\nexport class Server {}\n');
    await server.json('/api/refresh', null);
    const { code, stdout, output } = await runCommand(['why', 'server.ts'], { cwd: join(folder, 'src') });
    expect({ code, output }).toEqual({ code: 0, output: stdout });
    const digest = '[0-9a-f]{12}';
    expect(stdout).toMatch(
      new RegExp(
        [
          '^outline\\(src/server\\.ts\\) {2}fresh, made [\\d.]+ s ago',
          ' {2}nothing that it was made from has changed',
          ` {2}made again \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d: src/server\\.ts changed, ${digest} → ${digest}`,
          ` {2}made from file src/server\\.ts ${digest}`,
          ' {2}keeps 1 other value, for when that changes back',
          '',
          'symbols\\(src/server\\.ts\\) {2}fresh',
        ].join('\n'),
      ),
    );
    expect(stdout).toMatch(
      new RegExp(
        `\nsymbol_index {2}fresh(.*\n){3} {2}made from glob \\*\\*/\\* ${digest}, symbols\\(serve\\.py\\) ${digest}, symbols`,
      ),
    );
    // A server would bring it up to date at once.
    await server.stop();
    writeFileSync(join(folder, 'src/server.ts'), 'export class Other {}\n');
    const changed = await runCommand(['why', join(folder, 'src/server.ts')]);
    expect(changed.stdout).toMatch(/^outline\(src\/server\.ts\) {2}changed/);
    const json = await runCommand(['why', join(folder, 'src/server.ts'), '--json']);
    expect((JSON.parse(json.stdout) as WhyAnswer).entries).toHaveLength(3);
  });

  test('exits 6 for what is no source file, and 3 without a server, in one line', async () => {
    const folder = makeFolder(symbolSources);
    expect(await runCommand(['why', 'serve.py'], { cwd: folder })).toEqual({
      code: 3,
      stdout: '',
      output:
        'holdfast: no server is running for the folder of "serve.py" or one above it, and none has left a store there, so nothing is kept of it: start one with holdfast serve\n',
    });
    await startServe(folder);
    const { code, output } = await runCommand(['why', 'missing.ts'], { cwd: folder });
    expect(code).toBe(6);
    expect(output).toMatch(/^holdfast: "missing\.ts" is no source file of this folder[^\n]*\n$/);
  });
});

describe('stats', () => {
  test('tells the ledger of the server that runs for the folder', async () => {
    const folder = makeFolder({ 'a.ts': 'export const a = 1;\n' });
    const server = await startServe(folder);
    await server.json('/api/outline?path=a.ts');
    const { code, stdout } = await runCommand(['stats'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^calls {8}4\n {2}hit {8}1\n {2}generated {2}3\nhit ratio {4}25\.0 %$/m);
    expect(stdout).toMatch(
      /\n\nstore {11}\.holdfast\/store\.sqlite\nentries {9}3, [\d,]+ bytes\n {2}outline {7}1, /,
    );
    const asJson = await runCommand(['stats', folder, '--json']);
    expect(JSON.parse(asJson.stdout)).toEqual({
      ...(await server.json<StatsAnswer>('/api/stats')),
      store: {
        ...(await server.json<StoreAnswer>('/api/store')),
        totals: expect.objectContaining({ runs: 1 }),
      },
      watching: expect.objectContaining({ files: 1, polled: 0 }),
    });
  });

  test('without a server or a store it exits 3, also where a server was killed and could not say so', async () => {
    const folder = makeFolder({ 'a.ts': '' });
    const none = `holdfast: no server is running for ${JSON.stringify(folder)}: start one with holdfast serve\n`;
    expect(await runCommand(['stats', folder])).toEqual({ code: 3, stdout: '', output: none });
    const server = await startServe(folder, ['--port', '0', '--no-store']);
    server.command.process.kill('SIGKILL');
    await server.command.exited;
    expect(await runCommand(['stats', folder])).toEqual({ code: 3, stdout: '', output: none });
    const stranger = createServer((_, response) => response.end('{}')).listen(server.port, '127.0.0.1');
    onTestFinished(() => void stranger.close());
    await new Promise((resolve) => stranger.once('listening', resolve));
    expect(await runCommand(['stats', folder])).toEqual({ code: 3, stdout: '', output: none });
    const missing = await runCommand(['stats', join(folder, 'nowhere')]);
    expect(missing.code).toBe(3);
  });
});
