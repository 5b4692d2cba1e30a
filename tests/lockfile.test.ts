import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const lockfiles = ['package-lock.json', 'scripts/node24/package-lock.json'];
const packagesOf = (lockfile: string) =>
  Object.entries((JSON.parse(read(lockfile)) as { packages: Record<string, Locked> }).packages);

const platforms = ['darwin arm64', 'darwin x64', 'linux arm64', 'linux x64', 'win32 x64'];

test.each(lockfiles)('%s pins a Node for all five platforms, by integrity', (lockfile) => {
  const nodes = packagesOf(lockfile).filter(([path]) => /^node_modules\/node-[a-z0-9-]+64$/.test(path));
  expect(nodes.map(([, { os, cpu }]) => `${os} ${cpu}`).sort()).toEqual(platforms);
  for (const [, { integrity }] of nodes) expect(integrity).toMatch(/^sha512-/);
});

test.each(lockfiles)('%s holds an integrity for every package and no address', (lockfile) => {
  for (const [path, { integrity, link, resolved }] of packagesOf(lockfile)) {
    if (!path.startsWith('node_modules/') || link) continue;
    expect(integrity, path).toMatch(/^sha512-/);
    expect(resolved, path).toBeUndefined();
  }
});

test.each(lockfiles)(
  '%s holds every platform of every optional dependency, or npm ci would refuse it',
  (lockfile) => {
    const locked = new Set(packagesOf(lockfile).map(([path]) => path));
    for (const [path, { optionalDependencies }] of packagesOf(lockfile)) {
      for (const name of Object.keys(optionalDependencies ?? {})) {
        const nested = `${path}/node_modules/${name}`;
        expect(locked.has(nested) || locked.has(`node_modules/${name}`), `${name}, for ${path}`).toBe(true);
      }
    }
  },
);

test('no package runs an install script', () => {
  const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> };
  for (const [path, { hasInstallScript }] of packagesOf('package-lock.json')) {
    if (hasInstallScript) expect(allowScripts[path.replace(/^.*node_modules\//, '')], path).toBe(false);
  }
});

test.each(['packages/holdfast', 'packages/gateway'])('%s carries the license', (folder) => {
  expect(read(`${folder}/LICENSE`)).toBe(read('LICENSE'));
});
