import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findApiKey } from './api-key.ts';

function fileOf(text: string, mode = 0o600): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'key');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test('without a file and a variable there is none, and an empty variable is none', () => {
  expect(findApiKey({ env: {} })).toBeUndefined();
  expect(findApiKey({ env: { GEMINI_API_KEY: ' ', GOOGLE_API_KEY: '' } })).toBeUndefined();
});

test.each(['GEMINI_API_KEY', 'GOOGLE_API_KEY'])('%s is enough, without the space around it', (name) => {
  expect(findApiKey({ env: { [name]: ' abc\n' } })).toEqual({ key: 'abc', from: name });
});

test('of two variables that of the official SDK is taken, and that they differ is told', () => {
  const env = { GEMINI_API_KEY: 'one', GOOGLE_API_KEY: 'other' };
  expect(findApiKey({ env })).toEqual({
    key: 'other',
    from: 'GOOGLE_API_KEY',
    warning: 'GOOGLE_API_KEY and GEMINI_API_KEY are both set: GOOGLE_API_KEY is used',
  });
  expect(findApiKey({ env: { ...env, GEMINI_API_KEY: 'other' } })?.warning).toBeUndefined();
});

test('a file is taken in place of the variables, without the line end', () => {
  const file = fileOf('from-file\r\n');
  expect(findApiKey({ file, env: { GOOGLE_API_KEY: 'other' } })).toEqual({
    key: 'from-file',
    from: JSON.stringify(file),
  });
});

test('a file behind a link is read, as secrets of containers are links', () => {
  const file = fileOf('linked');
  symlinkSync(file, `${file}-link`);
  expect(findApiKey({ file: `${file}-link`, env: {} })?.key).toBe('linked');
});

test('a file that others can read is used with a warning', () => {
  const file = fileOf('seen', 0o640);
  expect(findApiKey({ file, env: {} })).toEqual({
    key: 'seen',
    from: JSON.stringify(file),
    warning: `others can read the API key file ${JSON.stringify(file)}: chmod 600 keeps it yours`,
  });
});

test.each([
  ['is empty', ' \n'],
  ['must be one word', 'CANARY one'],
  ['must be one word', 'CANARY\nsecond-line'],
  ['must be one word', 'CANARYé'],
  ['is too long for a key', 'CANARY'.repeat(1_000)],
])('a file that %s is refused, and nothing of it is told', (problem, text) => {
  const find = () => findApiKey({ file: fileOf(text), env: { GOOGLE_API_KEY: 'other' } });
  expect(find).toThrow(expect.objectContaining({ name: 'CommandError', exitCode: 1 }));
  expect(find).toThrow(problem);
  expect(find).not.toThrow('CANARY');
});

test('a file that is not there, or is a folder, is refused', () => {
  const file = fileOf('key');
  expect(() => findApiKey({ file: `${file}-other`, env: {} })).toThrow('does not exist');
  expect(() => findApiKey({ file: join(file, '..'), env: {} })).toThrow('cannot be read (EISDIR)');
});

test('a variable that cannot be a key is refused by its name alone', () => {
  expect(() => findApiKey({ env: { GEMINI_API_KEY: 'CANARY one' } })).toThrow(/^GEMINI_API_KEY holds what/);
  expect(() => findApiKey({ env: { GEMINI_API_KEY: 'CANARY one' } })).not.toThrow('CANARY');
});
