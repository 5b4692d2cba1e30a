import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { dirname, join } from 'node:path';
import { seeded } from './material.ts';

/** How many of everything. */
export interface RepositorySize {
  readonly directories: number;
  readonly filesPerDirectory: number;
  /** What the branch `other` changes of `main`. */
  readonly edited: number;
  readonly added: number;
  readonly deleted: number;
}

const words = [
  'order',
  'price',
  'user',
  'account',
  'stock',
  'invoice',
  'route',
  'message',
  'report',
  'policy',
];
const verbs = [
  'load',
  'parse',
  'merge',
  'check',
  'format',
  'apply',
  'resolve',
  'collect',
  'update',
  'describe',
];

/**
 * A git repository of TypeScript files as people write them, the same every time: imports, an interface, functions and
 * a class, 2 to 6 KB each. It stands on `main`.
 */
export function makeRepository(root: string, size: RepositorySize): string[] {
  const paths = Array.from({ length: size.directories * size.filesPerDirectory }, (_, i) => pathOf(i, size));
  for (const [i, path] of paths.entries()) writeSource(root, path, sourceOf(i, paths));
  const git = gitIn(root);
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'main');
  git('switch', '-q', '-c', 'other');
  spread(size.edited, paths.length, 0, (i) => {
    writeSource(root, paths[i] as string, `${sourceOf(i, paths)}\nexport const other${i} = ${i};\n`);
  });
  spread(size.deleted, paths.length, 7, (i) => rmSync(join(root, paths[i] as string)));
  spread(size.added, paths.length, 11, (i) => {
    writeSource(root, (paths[i] as string).replace('.ts', '-added.ts'), sourceOf(i + paths.length, paths));
  });
  git('add', '.');
  git('commit', '-q', '-m', 'other');
  git('switch', '-q', 'main');
  return paths;
}

/** Runs git on a repository, without anybody's configuration. */
export function gitIn(root: string): (...args: readonly string[]) => void {
  const who = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.invalid', '-c', 'gc.auto=0'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_SYSTEM: devNull };
  return (...args) => void execFileSync('git', [...who, ...args], { cwd: root, env });
}

function pathOf(i: number, { filesPerDirectory }: RepositorySize): string {
  const directory = Math.floor(i / filesPerDirectory);
  const area = `area-${Math.floor(directory / 20)}`;
  return `src/${area}/part-${directory % 20}/${words[i % words.length]}-${i}.ts`;
}

function writeSource(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function spread(count: number, total: number, offset: number, each: (i: number) => void): void {
  const step = Math.floor(total / count);
  for (let i = 0; i < count; i++) each(i * step + offset);
}

function sourceOf(i: number, paths: readonly string[]): string {
  const random = seeded(i + 1);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const name = pascal(`${words[i % words.length]}-${i}`);
  const imports = Array.from({ length: 2 + Math.floor(random() * 5) }, () => {
    const target = pick(paths);
    return `import { ${pick(verbs)}${pascal(target.slice(target.lastIndexOf('/') + 1, -3))} } from '../../../${target}';`;
  });
  const functions = Array.from({ length: 2 + Math.floor(random() * 6) }, (_, j) => {
    const own = `${pick(verbs)}${name}${j}`;
    return [
      `/** ${own}: ${pick(words)} by ${pick(words)}, in the order in which they came. */`,
      `export ${j % 2 === 0 ? 'async ' : ''}function ${own}(${pick(words)}s: readonly string[], limit = ${j + 10}) {`,
      `  const found = new Map<string, number>();`,
      `  for (const [index, ${pick(words)}] of ${pick(words)}s.entries()) {`,
      `    if (index >= limit) break;`,
      `    found.set(\`\${${pick(words)}}-\${index}\`, index * ${Math.floor(random() * 100)});`,
      `  }`,
      `  return [...found.entries()].filter(([, count]) => count > ${j});`,
      `}`,
    ].join('\n');
  });
  const methods = Array.from({ length: 2 + Math.floor(random() * 4) }, (_, j) => {
    const own = `${pick(verbs)}${pascal(pick(words))}`;
    return `  ${own}${j}(${pick(words)}: string): string {\n    return this.#${pick(words)}.concat(${pick(words)}).slice(${j});\n  }`;
  });
  return [
    ...imports,
    `\nexport interface ${name}Options {\n  readonly ${pick(words)}: string;\n  readonly limit?: number;\n}`,
    ...functions,
    `export class ${name} {\n  readonly #${pick(words)} = '';\n${methods.join('\n\n')}\n}`,
  ].join('\n\n');
}

function pascal(text: string): string {
  return text.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
