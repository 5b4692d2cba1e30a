import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Node } from 'web-tree-sitter';
import { Grammars } from './grammars.ts';
import type { GrammarName } from './language.ts';

const SAMPLES: Record<GrammarName, [text: string, tree: string]> = {
  typescript: [
    'let a: b;',
    '(program (lexical_declaration (variable_declarator name: (identifier) type: (type_annotation (type_identifier)))))',
  ],
  tsx: [
    '<a b={c}/>;',
    '(program (expression_statement (jsx_self_closing_element name: (identifier) attribute: (jsx_attribute (property_identifier) (jsx_expression (identifier))))))',
  ],
  javascript: ['<a/>;', '(program (expression_statement (jsx_self_closing_element name: (identifier))))'],
  python: [
    'def f(): pass\n',
    '(module (function_definition name: (identifier) parameters: (parameters) body: (block (pass_statement))))',
  ],
};
const tree = (root: Node) => root.toString();
/** Ambiguous at every step: 200 kB take some 300 MB and 8,000 steps. */
const HUNGRY = 'a<'.repeat(100_000);

describe('grammars', () => {
  for (const [grammar, [text, expected]] of Object.entries(SAMPLES)) {
    test(`the ${grammar} grammar of the bundle loads and parses`, async () => {
      const parsed = await new Grammars().parse(grammar as GrammarName, text, tree);
      expect(parsed).toEqual({ ok: true, value: expected });
    });
  }

  test('a runtime is loaded on the first parse and once for all grammars', async () => {
    const grammars = new Grammars();
    expect([grammars.runtimesLoaded, grammars.memoryBytes]).toEqual([0, 0]);
    const names = Object.keys(SAMPLES) as GrammarName[];
    await Promise.all([...names, ...names].map((name) => grammars.parse(name, SAMPLES[name][0], tree)));
    expect(grammars.runtimesLoaded).toBe(1);
    expect(grammars.memoryBytes).toBeGreaterThan(0);
  });

  test('2,000 parses do not grow the memory of the runtime', async () => {
    const grammars = new Grammars();
    const text = 'export class A { method(a: number) { return [a, `a`, { a }]; } }\n'.repeat(20);
    const parse = (grammar: GrammarName) => grammars.parse(grammar, text, (root) => root.namedChildCount);
    for (const grammar of Object.keys(SAMPLES) as GrammarName[]) await parse(grammar);
    const before = grammars.memoryBytes;
    let counted = 0;
    for (let round = 0; round < 2_000; round += 1) {
      const parsed = await parse(round % 4 === 0 ? 'tsx' : 'typescript');
      if (parsed.ok) counted += parsed.value;
    }
    expect(counted).toBe(2_000 * 20);
    expect(grammars.memoryBytes).toBe(before);
    expect(grammars.runtimesLoaded).toBe(1);
  });

  test('a trap in the WebAssembly gives a reason, and the next text gets a fresh runtime', async () => {
    const grammars = new Grammars({ maximumMemory: 2 ** 25 });
    const crashed = await grammars.parse('typescript', HUNGRY, tree);
    expect(crashed).toEqual({ ok: false, reason: 'the parser crashed (RuntimeError)' });
    const [text, expected] = SAMPLES.typescript;
    expect(await grammars.parse('typescript', text, tree)).toEqual({ ok: true, value: expected });
    expect(grammars.runtimesLoaded).toBe(2);
  });

  test('a parser that keeps crashing is not loaded for ever', async () => {
    const grammars = new Grammars({ maximumMemory: 2 ** 25 });
    for (let crash = 0; crash < 5; crash += 1) await grammars.parse('typescript', HUNGRY, tree);
    const parsed = await grammars.parse('typescript', 'let a;', tree);
    expect(parsed).toEqual({ ok: false, reason: 'the parser crashed 5 times in this process' });
    expect(grammars.runtimesLoaded).toBe(5);
  });

  test('a runtime that grew too big is replaced after the parse', async () => {
    const grammars = new Grammars();
    const parsed = await grammars.parse('typescript', HUNGRY, (root) => root.endIndex);
    expect(parsed).toEqual({ ok: true, value: HUNGRY.length });
    expect(grammars.memoryBytes).toBe(0);
    expect((await grammars.parse('typescript', 'let a;', tree)).ok).toBe(true);
    expect(grammars.runtimesLoaded).toBe(2);
    expect(grammars.memoryBytes).toBeLessThan(2 ** 26);
  });

  test('a parse is given up after its steps, and the parser serves the next text', async () => {
    const grammars = new Grammars({ maximumSteps: 120 });
    const parsed = await grammars.parse('javascript', 'f(a, b + c);\n'.repeat(5_000), tree);
    expect(parsed).toEqual({ ok: false, reason: 'not parsed within 120 steps' });
    expect(await grammars.parse('javascript', '<a/>;', tree)).toEqual({
      ok: true,
      value: SAMPLES.javascript[1],
    });
    expect(grammars.runtimesLoaded).toBe(1);
  });

  test('a text over the length limit is not parsed', async () => {
    const parsed = await new Grammars({ maximumLength: 10 }).parse('python', 'a = 1\n'.repeat(2), tree);
    expect(parsed).toEqual({ ok: false, reason: 'longer than 10 characters' });
  });

  test('the event loop turns while a long text is parsed', async () => {
    const grammars = new Grammars();
    await grammars.parse('javascript', '', tree);
    let done = false;
    const parsing = grammars
      .parse('javascript', 'f(a, b + c);\n'.repeat(20_000), (root) => root.namedChildCount)
      .finally(() => {
        done = true;
      });
    let turns = 0;
    for (; !done; turns += 1) await setImmediate();
    expect(await parsing).toEqual({ ok: true, value: 20_000 });
    // 260 kB at no less than 10 steps a kilobyte, 100 steps between two turns.
    expect(turns).toBeGreaterThan(20);
  });

  test('texts parsed at once get the trees that they get alone', async () => {
    const texts = Array.from({ length: 12 }, (_, at) => `x${at}(${'(['.repeat(at * 900)}\n`.repeat(3));
    const alone = [];
    for (const text of texts) alone.push(await new Grammars().parse('javascript', text, tree));
    const grammars = new Grammars();
    expect(await Promise.all(texts.map((text) => grammars.parse('javascript', text, tree)))).toEqual(alone);
  });

  test('an error of the visitor is passed on, and the tree is freed', async () => {
    const grammars = new Grammars();
    const failing = grammars.parse('python', 'a = 1', () => {
      throw new TypeError('of the visitor');
    });
    await expect(failing).rejects.toThrow(new TypeError('of the visitor'));
    expect((await grammars.parse('python', 'a = 1', tree)).ok).toBe(true);
    expect(grammars.runtimesLoaded).toBe(1);
  });

  test('a bad option fails at construction and the message repeats it', () => {
    expect(() => new Grammars({ maximumSteps: 0 })).toThrow(
      'maximumSteps must be a number of at least 1, not 0',
    );
    expect(() => new Grammars({ maximumMemory: 5 })).toThrow('of at least 33554432, not 5');
    expect(() => new Grammars({ maximumLength: Number.NaN })).toThrow('not NaN');
  });
});
