import { describe, expect, test } from 'vitest';
import { answer, document, events, hello, question, text, verdict } from './exchange.test-support.ts';

const asking = (generationConfig: object) => question({ ...hello, generationConfig });
const json = (more: object = {}) => asking({ responseMimeType: 'application/json', ...more });
const said = (words: string) => document(text(words, 'STOP'));
const noJson = 'its text is no JSON, which was asked for';
const fails = 'its text fails the schema that was asked for';
const unknown = 'whether its text has the shape that was asked for cannot be told';

describe('an answer that is to be JSON', () => {
  test('is good where its text is', () => {
    expect(verdict(said('{"a":1}'), json())).toBe('good');
    expect(verdict(said('null'), json())).toBe('good');
    expect(verdict(events(text('{"a"'), text(':1}', 'STOP')), json())).toBe('good');
    expect(verdict(said('{"a"'), json())).toBe(noJson);
    expect(verdict(said('```json\n{}\n```'), json())).toBe(noJson);
    expect(verdict(said('Hello'), asking({ responseMimeType: 'text/plain' }))).toBe('good');
  });

  test('is that without its thoughts, in every candidate', () => {
    const thinking = answer([{ text: 'Hm', thought: true }, { text: '{}' }], 'STOP');
    expect(verdict(document(thinking), json())).toBe('good');
    const two = [text('{}', 'STOP'), text('no', 'STOP')].map(({ candidates: [one] }, index) => ({
      ...one,
      index,
    }));
    expect(verdict(document({ candidates: two }), json())).toBe(noJson);
  });

  test('is not asked of a call', () => {
    expect(
      verdict(document(answer([{ text: 'Let me see' }, { functionCall: { name: 'f' } }], 'STOP')), json()),
    ).toBe('good');
  });

  test('is not what was cut, even where a cut one is allowed', () => {
    expect(verdict(document(text('{"a":', 'MAX_TOKENS')), json(), { truncated: true })).toBe(noJson);
  });

  test('may be asked for by responseFormat', () => {
    const schema = { type: 'object', required: ['a'] };
    const asked = asking({ responseFormat: [{ text: { mimeType: 'APPLICATION_JSON', schema } }] });
    expect(verdict(said('{"a":1}'), asked)).toBe('good');
    expect(verdict(said('{}'), asked)).toBe(fails);
    const plain = asking({ response_format: { text: { mime_type: 'application/json' } } });
    expect(verdict(said('no'), plain)).toBe(noJson);
  });

  test('may be one of some words', () => {
    const asked = asking({
      responseMimeType: 'text/x.enum',
      responseSchema: { type: 'STRING', enum: ['yes', 'no'] },
    });
    expect(verdict(said('yes\n'), asked)).toBe('good');
    expect(verdict(said('perhaps'), asked)).toBe('its text is none of the words that were asked for');
  });
});

describe("the API's own schema", () => {
  test.each([
    [{ type: 'OBJECT' }, '{}', '[]'],
    [{ type: 'object' }, '{}', '1'],
    [{ type: 'ARRAY', items: { type: 'INTEGER' }, minItems: '1', max_items: '2' }, '[1,2]', '[]'],
    [{ type: 'ARRAY', items: { type: 'INTEGER' }, maxItems: 2 }, '[1,2]', '[1,2,3]'],
    [{ type: 'ARRAY', items: { type: 'INTEGER' } }, '[1]', '[1.5]'],
    [{ type: 'STRING', nullable: true }, 'null', '1'],
    [{ type: 'STRING' }, '"a"', 'null'],
    [{ type: 'STRING', enum: ['a', 'b'], format: 'enum' }, '"a"', '"c"'],
    [{ type: 'STRING', enum: ['a'], nullable: true }, 'null', '"c"'],
    [{ type: 'INTEGER', enum: ['101', '201'], format: 'enum' }, '101', '301'],
    [{ type: 'INTEGER', format: 'int32' }, '5', '5000000000'],
    [{ type: 'INTEGER', format: 'int64' }, '5000000000', '"5"'],
    [{ type: 'NUMBER', format: 'float', minimum: 0, maximum: 1 }, '0.5', '2'],
    [{ type: 'BOOLEAN' }, 'true', '"true"'],
    [{ type: 'NULL' }, 'null', '0'],
    [{ type: 'TYPE_UNSPECIFIED', anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] }, '1', '[]'],
    [{ any_of: [{ type: 'STRING' }, { type: 'NULL' }] }, 'null', '1'],
    [{ type: 'STRING', format: 'date-time' }, '"2026-11-28T14:00:00Z"', '"yesterday"'],
    [{ type: 'STRING', pattern: '^a+$' }, '"aa"', '"b"'],
    [{ type: 'STRING', minLength: '2' }, '"ab"', '"a"'],
    [{ type: 'OBJECT', minProperties: '1' }, '{"a":1}', '{}'],
    [
      {
        type: 'OBJECT',
        properties: { name: { type: 'STRING' }, tags: { type: 'ARRAY', items: { type: 'STRING' } } },
        required: ['name'],
        propertyOrdering: ['tags', 'name'],
        title: 'Thing',
        description: 'A thing',
        example: { name: 7 },
      },
      '{"name":"a","tags":["b"]}',
      '{"tags":[]}',
    ],
    [
      { type: 'OBJECT', properties: { min_items: { type: 'STRING' } } },
      '{"min_items":"a"}',
      '{"min_items":1}',
    ],
    [{ type: 'STRING', unheard: 1 }, '"a"', '1'],
  ])('%j takes %s, and not %s', (responseSchema, good, bad) => {
    expect(verdict(said(good), json({ responseSchema }))).toBe('good');
    expect(verdict(said(bad), json({ response_schema: responseSchema }))).toBe(fails);
    // The API wants the type said, but a schema says it as well.
    expect(verdict(said(bad), asking({ responseSchema }))).toBe(fails);
  });

  test('that is none leaves open what the answer is worth', () => {
    let deep: object = { type: 'STRING' };
    for (let depth = 0; depth < 1_000; depth += 1) deep = { type: 'ARRAY', items: deep };
    const broken = [
      deep,
      { items: 7 },
      { properties: { a: null } },
      { anyOf: ['x'] },
      { type: 'STRING', pattern: '(' },
      { type: 'ARRAY', minItems: 1, min_items: 2 },
    ];
    for (const responseSchema of broken) expect(verdict(said('"a"'), json({ responseSchema }))).toBe(unknown);
  });
});

describe('a JSON Schema', () => {
  test.each([
    [
      { type: 'object', properties: { a: { type: 'integer' } }, additionalProperties: false },
      '{"a":1}',
      '{"b":1}',
    ],
    [{ $defs: { n: { type: 'null' } }, anyOf: [{ $ref: '#/$defs/n' }, { type: 'array' }] }, 'null', '1'],
    [{ type: ['string', 'null'] }, 'null', '1'],
    [{ const: 'a' }, '"a"', '"b"'],
    [{ prefixItems: [{ type: 'string' }], items: false }, '["a"]', '["a",1]'],
    [
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        items: [{ type: 'string' }],
        additionalItems: false,
      },
      '["a"]',
      '["a",1]',
    ],
    [{ $schema: 'http://json-schema.org/draft-04/schema#', minimum: 1, exclusiveMinimum: true }, '2', '1'],
    [{ type: 'object', properties: { next: { $ref: '#' } } }, '{"next":{"next":{}}}', '{"next":{"next":1}}'],
  ])('%j takes %s, and not %s', (responseJsonSchema, good, bad) => {
    expect(verdict(said(good), json({ responseJsonSchema }))).toBe('good');
    expect(verdict(said(bad), json({ response_json_schema: responseJsonSchema }))).toBe(fails);
    expect(verdict(said(bad), json({ _responseJsonSchema: responseJsonSchema }))).toBe(fails);
  });

  test('is left as the request had it', () => {
    const asked = json({ responseJsonSchema: { type: 'object' } });
    expect(verdict(said('{}'), asked)).toBe('good');
    expect(verdict(said('[]'), asked)).toBe(fails);
    expect(verdict(said('{}'), asked)).toBe('good');
  });
});
