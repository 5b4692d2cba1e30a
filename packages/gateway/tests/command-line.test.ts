import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { StatsAnswer } from '../src/api.ts';
import type { Outline } from '../src/outline/index.ts';
import { makeFolder, runCommand, startServe } from './command.ts';

describe('help', () => {
  test.each(['', 'serve', 'outline', 'stats', 'demo'])('holdfast help %s is as agreed', async (command) => {
    const words = command === '' ? [] : [command];
    const { code, stdout, output } = await runCommand(['help', ...words]);
    expect(code).toBe(0);
    expect(output).toBe(stdout);
    await expect(stdout).toMatchFileSnapshot(`golden/help${command && `-${command}`}.txt`);
    for (const flag of ['--help', '-h']) expect((await runCommand([...words, flag])).stdout).toBe(stdout);
  });

  test('no line of it is wider than 120 columns, and examples come first', async () => {
    for (const command of [[], ['serve'], ['outline'], ['stats'], ['demo']]) {
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

describe('stats', () => {
  test('tells the ledger of the server that runs for the folder', async () => {
    const folder = makeFolder({ 'a.ts': 'export const a = 1;\n' });
    const server = await startServe(folder);
    await server.json('/api/outline?path=a.ts');
    const { code, stdout } = await runCommand(['stats'], { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^calls {8}4\n {2}hit {8}1\n {2}generated {2}3\nhit ratio {4}25\.0 %$/m);
    const asJson = await runCommand(['stats', folder, '--json']);
    expect(JSON.parse(asJson.stdout)).toEqual(await server.json<StatsAnswer>('/api/stats'));
  });

  test('without a server it exits 3, also where one was killed and could not say so', async () => {
    const folder = makeFolder({ 'a.ts': '' });
    const none = `holdfast: no server is running for ${JSON.stringify(folder)}: start one with holdfast serve\n`;
    expect(await runCommand(['stats', folder])).toEqual({ code: 3, stdout: '', output: none });
    const server = await startServe(folder);
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
