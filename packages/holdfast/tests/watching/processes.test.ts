import { execFileSync, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Child } from './child.ts';
import { newFolder, pathsOf, size, touchInTurns, writeFiles } from './folder.ts';
import { Gate } from './gate.ts';
import { needUserNamespaces } from './namespaces.ts';

const isLinux = process.platform === 'linux';

/** Git on a folder, without anybody's configuration. */
function gitIn(root: string) {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid', '-c', 'gc.auto=0'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_SYSTEM: devNull };
  const options = { cwd: root, env, stdio: 'ignore' } as const;
  return {
    run: (...args: readonly string[]) => void execFileSync('git', [...who, ...args], options),
    start: (...args: readonly string[]) => spawn('git', [...who, ...args], options),
  };
}

test.runIf(isLinux)('a process that is stopped in the midst of a checkout misses nothing of it', async () => {
  const root = join(newFolder(), 'root');
  const paths = pathsOf(size(400, 10_000)).toSorted();
  const middle = paths[paths.length / 2] as string;
  writeFiles(root, paths, (path) => `${path} on main\n`);
  const git = gitIn(root);
  const gate = new Gate(root);
  git.run('init', '-q', '-b', 'main');
  // Git takes the content of this file from a program that stands at the gate.
  git.run('config', 'filter.gate.smudge', `sh -c 'cat ${gate.path} && cat'`);
  writeFileSync(join(root, '.git/info/attributes'), `/${middle} filter=gate\n`);
  git.run('add', '.');
  git.run('commit', '-q', '-m', 'main');
  git.run('switch', '-q', '-c', 'other');
  const edited = paths.filter((path, i) => i % 4 === 0 || path === middle);
  const deleted = paths.filter((path, i) => i % 4 === 1 && path !== middle);
  const added = deleted.map((path) => `${path}-added`);
  writeFiles(root, [...edited, ...added], (path) => `${path} on the other branch\n`);
  for (const path of deleted) rmSync(join(root, path));
  git.run('add', '.');
  git.run('commit', '-q', '-m', 'other');
  const back = git.start('switch', '-q', 'main');
  await gate.reached();
  await gate.open();
  await once(back, 'exit');

  const child = new Child();
  await child.do({ type: 'open', root });
  const questions = [{ ask: 'glob', pattern: '**/*' }] as const;
  await child.do({ type: 'watch', paths: [...paths, ...added], questions });
  for (const branch of ['other', 'main']) {
    const checkout = git.start('switch', '-q', branch);
    await gate.reached();
    child.stop();
    await gate.open();
    await once(checkout, 'exit');
    child.signal('SIGCONT');
    expect(await child.do({ type: 'reckon' })).toEqual({
      state: 'LIVE',
      changed: edited.length + deleted.length + added.length + 1,
      // What was the same on the branch before is known from then.
      runs: branch === 'other' ? edited.length + deleted.length + added.length : 0,
      faults: [],
    });
  }
  expect(await child.do({ type: 'close' })).toEqual([]);
});

test.runIf(isLinux)('a process that is stopped while a flood of files is written misses none', async () => {
  const queue = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  const root = newFolder();
  const paths = pathsOf(200);
  writeFiles(root, paths);
  const child = new Child();
  await child.do({ type: 'open', root });
  await child.do({ type: 'watch', paths, questions: [{ ask: 'list', path: 'd0' }] });
  child.stop();
  writeFiles(root, ['d0/one', 'd0/other']);
  touchInTurns(join(root, 'd0'), queue);
  writeFiles(root, paths, () => 'after the flood');
  child.signal('SIGCONT');
  expect(await child.do({ type: 'reckon' })).toEqual({ state: 'LIVE', changed: 201, runs: 200, faults: [] });
  writeFiles(root, paths, () => 'and later');
  expect(await child.do({ type: 'reckon' })).toEqual({ state: 'LIVE', changed: 200, runs: 200, faults: [] });
  expect(await child.do({ type: 'close' })).toEqual([]);
});

test.runIf(isLinux)(
  'a machine without watches left is degraded, and polling finds what changes',
  async () => {
    needUserNamespaces();
    const root = newFolder();
    const paths = pathsOf(400);
    writeFiles(root, paths);
    const child = new Child({ watches: 10 });
    await child.do({ type: 'open', root });
    await child.do({ type: 'watch', paths, questions: [{ ask: 'glob', pattern: '**/*' }] });
    expect(await child.do({ type: 'status' })).toMatchObject({
      state: 'DEGRADED',
      reason: expect.stringContaining('ENOSPC'),
      errors: 0,
    });
    writeFiles(root, paths.slice(300, 320), () => 'edited');
    const [first, last] = [paths[300] as string, paths[319] as string];
    for (const path of [first, last]) {
      const told = await child.do({ type: 'told', path, digest: hash('sha256', path) });
      expect(told).toBe(hash('sha256', 'edited'));
    }
    expect(await child.do({ type: 'reckon' })).toEqual({
      state: 'DEGRADED',
      changed: 20,
      runs: 20,
      faults: [],
    });
    mkdirSync(join(root, 'new'));
    writeFiles(root, ['new/file', ...paths.slice(0, 250)], () => 'edited, too');
    expect(await child.do({ type: 'reckon' })).toEqual({
      state: 'DEGRADED',
      changed: 251,
      runs: 250,
      faults: [],
    });
    expect(await child.do({ type: 'close' })).toEqual([]);
  },
);
