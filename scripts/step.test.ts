import { expect, test } from 'vitest';
import { program, run } from './step.ts';

const node = (source: string) => ['-e', source];

test('a program passes by its exit code, and keeps what it wrote to both streams', async () => {
  const source = "process.stdout.write('out '); process.stderr.write('err'); process.exitCode = 3";
  const { code, output } = await run(process.execPath, node(source));
  expect(code).toBe(3);
  expect(output).toContain('out ');
  expect(output).toContain('err');
  expect(await program('fails', process.execPath, node(source)).run()).toMatchObject({
    passed: 0,
    failed: 1,
  });
  expect(await program('passes', process.execPath, node('')).run()).toMatchObject({ passed: 1, failed: 0 });
});

test('a program that does not end is ended at its limit and has failed', async () => {
  const endless = program('endless', process.execPath, node('setInterval(() => {}, 1000)'), { limit: 200 });
  const { failed, output } = await endless.run();
  expect(failed).toBe(1);
  expect(output).toContain('still running after 0.2 s');
});
