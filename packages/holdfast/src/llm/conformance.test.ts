import { describe, expect, test } from 'vitest';
import { conformanceOf } from './conformance.ts';

describe('a JSON Schema', () => {
  test('of draft 7 has nothing beside a reference', () => {
    const schema = { $ref: '#/definitions/word', type: 'number', definitions: { word: { type: 'string' } } };
    expect(conformanceOf('a', { ...schema, $schema: 'http://json-schema.org/draft-07/schema#' })).toBe(
      'conforms',
    );
    expect(conformanceOf('a', schema)).toBe('fails');
  });

  test('may be one that cannot be written to', () => {
    expect(conformanceOf({}, Object.freeze({ type: 'object' }))).toBe('conforms');
  });
});

describe('a schema that is hostile', () => {
  let deep: object = {};
  for (let depth = 0; depth < 5_000; depth += 1) deep = { items: deep };
  test.each<[string, unknown, unknown]>([
    ['tries a pattern for ever', { pattern: '^(a+)+$' }, `${'a'.repeat(60)}b`],
    [
      'tries a pattern of names for ever',
      { patternProperties: { '^(a|a)*$': {} } },
      { [`${'a'.repeat(60)}b`]: 1 },
    ],
    ['has a format that tries for ever', { format: 'regex', pattern: '(x+x+)+y' }, 'x'.repeat(60)],
    ['names itself', { $ref: '#' }, {}],
    ['names what is not there', { $ref: '#/$defs/none' }, {}],
    ['names what is elsewhere', { $ref: 'https://example.com/schema' }, {}],
    ['has an address that is none', { $id: 'http://[' }, {}],
    [
      'grows at each step',
      {
        $ref: '#/$defs/a',
        $defs: Object.fromEntries(
          [...'abcdefghijklmnop'].map((name, index, all) => [
            name,
            { allOf: Array(9).fill({ $ref: `#/$defs/${all[index + 1] ?? 'a'}` }) },
          ]),
        ),
      },
      {},
    ],
    [
      'compares each with each',
      { uniqueItems: true },
      Array.from({ length: 50_000 }, (_, index) => ({ index })),
    ],
    ['is too long', { enum: ['x'.repeat(300_000)] }, 'x'],
    ['is of things that are no schemas', { allOf: 7, properties: 'x', required: 1 }, {}],
    ['is a list', [], {}],
    ['is nothing', null, {}],
    ['is a word', 'object', {}],
  ])('cannot be checked: it %s', (_, schema, value) => {
    expect(conformanceOf(value, schema)).toBe('unknown');
  });

  test('or very deep does no harm', () => {
    expect(['unknown', 'conforms']).toContain(conformanceOf([], deep));
  });

  test('does not keep the next one from being checked', () => {
    expect(conformanceOf(`${'a'.repeat(60)}b`, { pattern: '^(a+)+$' })).toBe('unknown');
    expect(conformanceOf('a', { pattern: '^a$' })).toBe('conforms');
    expect(conformanceOf(1, true)).toBe('conforms');
    expect(conformanceOf(1, false)).toBe('fails');
  });

  test('may name what every object inherits', () => {
    const schema = JSON.parse(
      '{"properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}},"required":["toString"]}',
    );
    expect(conformanceOf(JSON.parse('{"__proto__":"a","constructor":1,"toString":0}'), schema)).toBe(
      'conforms',
    );
    expect(conformanceOf(JSON.parse('{"__proto__":1,"toString":0}'), schema)).toBe('fails');
    expect(conformanceOf({}, schema)).toBe('fails');
  });
});
