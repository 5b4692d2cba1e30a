/**
 * What a user gets, as a user gets it: both packages are packed, checked as tarballs, and installed in an empty folder,
 * where the README's examples run (its blocks marked `ts run`) and `npx holdfast --help` answers, first with the
 * library alone, then with the gateway beside it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksOf } from './readme.ts';
import { type Outcome, type Run, root, run, type Step } from './step.ts';
import { publintComplaints, typeComplaints } from './tarball.ts';

/** npm tells its scripts of the package that it runs them for; the one that runs in the empty folder must not hear it. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^npm_(package|lifecycle|config_local_prefix|command)|^INIT_CWD$/i.test(name),
  ),
);

const exampleLimit = 60_000;

/** Packs, checks and tries both packages; every check of it counts as one. */
export const packed: Step = {
  name: 'packed packages, installed and used in an empty folder',
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-packed-'));
    try {
      return await tryPackages(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function tryPackages(folder: string): Promise<Outcome> {
  const tally = new Tally();
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [library, gateway] = await Promise.all([pack('holdfast', folder), pack('gateway', folder)]);
  const home = join(folder, 'empty');
  mkdirSync(home);
  writeFileSync(join(home, 'package.json'), '{ "private": true, "type": "module" }\n');
  const inHome = { cwd: home, env };
  const install = (tarball: string) =>
    run('npm', ['install', '--prefix', home, '--no-audit', '--no-fund', '--prefer-offline', tarball], inHome);
  const holdfast = (...args: string[]) => run('npx', ['--no-install', 'holdfast', ...args], inHome);

  tally.addAll('publint holdfast', await publintComplaints(library));
  tally.addAll('publint @holdfast/gateway', await publintComplaints(gateway));
  tally.addAll('the types of holdfast', await typeComplaints(library));
  tally.addAll('the size of holdfast', sizeComplaints(statSync(library).size, readme));

  tally.add('install holdfast', await install(library));
  tally.add('npx holdfast --help, alone', await holdfast('--help'), 'npm install @holdfast/gateway');
  tally.add('npx holdfast serve, alone', await holdfast('serve'), 'npm install @holdfast/gateway', 1);

  const examples = blocksOf(readme).filter(({ info }) => info === 'ts run');
  if (examples.length === 0) tally.fail('README.md has no example: mark one with ```ts run');
  for (const { line, text } of examples) {
    const file = join(home, `readme-line-${line}.ts`);
    writeFileSync(file, text);
    tally.add(
      `the example on line ${line} of README.md`,
      await run(process.execPath, [file], { ...inHome, limit: exampleLimit }),
    );
  }

  tally.add('install @holdfast/gateway', await install(gateway));
  tally.add('npx holdfast --help, with the gateway', await holdfast('--help'), 'serve');
  return tally.outcome();
}

/** What the README says of the download, rounded to its digit: `a download of 0.3 MB` is true of less than 0.35. */
export function sizeComplaints(bytes: number, readme: string): string[] {
  const told = /a download of (\d+\.\d) MB/.exec(readme)?.[1];
  if (told === undefined) return ['README.md does not tell the size: say "a download of 0.3 MB"'];
  const limit = Math.round((Number(told) + 0.05) * 1e6);
  return bytes < limit ? [] : [`${bytes} bytes, and README.md says ${told} MB: make it smaller, or say so`];
}

/** @returns the path of the tarball */
async function pack(name: string, folder: string): Promise<string> {
  const source = join(root, 'packages', name);
  const { code, output } = await run(
    'npm',
    ['pack', '--json', '--loglevel=error', '--pack-destination', folder],
    { cwd: source, env },
  );
  if (code !== 0) throw new Error(`npm pack in ${source} exited ${code}: ${output}`);
  const report = JSON.parse(output) as readonly { filename: string }[] | Record<string, { filename: string }>;
  const [packet] = Object.values(report);
  if (packet === undefined) throw new Error(`npm pack in ${source} says of no tarball: ${output}`);
  return join(folder, packet.filename);
}

/** What has been tried so far. */
class Tally {
  #passed = 0;
  #failed = 0;
  #output = '';

  /** Counts a program that must have exited with `code` and written `text`. */
  add(name: string, done: Run, text = '', code = 0): void {
    if (done.code === code && done.output.includes(text)) this.#passed++;
    else
      this.fail(`${name}: exited ${done.code}, expected ${code}${text && ` and "${text}"`}\n${done.output}`);
  }

  /** Counts a check that must have no complaints. */
  addAll(name: string, complaints: readonly string[]): void {
    if (complaints.length === 0) this.#passed++;
    else this.fail(`${name}:\n${complaints.join('\n')}`);
  }

  fail(message: string): void {
    this.#failed++;
    this.#output += `${message}\n`;
  }

  outcome(): Outcome {
    return { passed: this.#passed, failed: this.#failed, output: this.#output };
  }
}
