import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { definitionKeyId, Key, keyContent, keyIdOf } from './key.ts';

describe('the identity of a key', () => {
  it('keeps apart strings, arrays, definitions, and strings that look like either', () => {
    const array = keyIdOf(['a', 'b'], '', 'default');
    const definition = definitionKeyId('d', 1, ['a']);
    const ids = [
      keyIdOf('a,b', '', 'default'),
      keyIdOf('ab', '', 'default'),
      keyIdOf('', '', 'default'),
      array,
      keyIdOf(['ab'], '', 'default'),
      keyIdOf(['a,b'], '', 'default'),
      keyIdOf([['a', 'b']], '', 'default'),
      keyIdOf([], '', 'default'),
      keyIdOf('\u0000', '', 'default'),
      keyIdOf('\u0000a', '', 'default'),
      keyIdOf('\u0000s', '', 'default'),
      keyIdOf('\u0000\u0000', '', 'default'),
      keyIdOf(array, '', 'default'),
      keyIdOf(definition, '', 'default'),
      keyIdOf(keyIdOf(array, '', 'default'), '', 'default'),
      definition,
      definitionKeyId('d', '1', ['a']),
      definitionKeyId('d', 1, [['a']]),
      definitionKeyId('d1', 1, ['a']),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(keyIdOf('plain', '', 'default')).toBe('plain');
  });

  it('is read back as its owner wrote it', () => {
    for (const input of ['plain', '', '\u0000nul', '\u0000a2:s1:as1:b', ['a', 1, null, { x: [true] }]]) {
      expect(keyContent(keyIdOf(input, '', 'default'))).toEqual(input);
    }
    expect(keyContent(definitionKeyId('d', 'v2', [1, undefined, 'x', undefined]))).toEqual({
      definition: 'd',
      version: 'v2',
      args: [1, undefined, 'x'],
    });
  });

  it('of a Key is that of its own scope and kind, and refused elsewhere', () => {
    const key = new Key('tenant', 'summary', 'id');
    expect(keyIdOf(key, 'tenant', 'summary')).toBe('id');
    expect(() => keyIdOf(key, 'tenant', 'other')).toThrow(expect.objectContaining({ code: 'E_KEY' }));
    expect(() => keyIdOf(key, 'stranger', 'summary')).toThrow(expect.objectContaining({ code: 'E_KEY' }));
    expect(() => keyIdOf(key, 'stranger', 'summary')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('tenant') }),
    );
  });

  it.each([undefined, null, 1, true, {}, new Date(0), () => 1, Symbol('s'), [undefined, () => 1]])(
    'is not %s: E_KEY',
    (input) => {
      expect(() => keyIdOf(input as never, '', 'default')).toThrow(
        expect.objectContaining({ code: 'E_KEY' }),
      );
    },
  );
});

describe('a Key', () => {
  it('hashes scope, kind and id, each of them apart', () => {
    const keys = [
      new Key('', 'a', 'b'),
      new Key('', 'ab', ''),
      new Key('a', '', 'b'),
      new Key('a', 'b', ''),
      new Key('', 'a', 'c'),
      new Key('s', 'a', 'b'),
    ];
    expect(new Set(keys.map(({ digest }) => digest)).size).toBe(keys.length);
    expect(keys[0]?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[0]?.digest.startsWith(keys[0].hash)).toBe(true);
    expect(keys[0]?.hash).toHaveLength(16);
    expect(new Key('', 'a', 'b').digest).toBe(keys[0]?.digest);
  });

  it('shows its kind and hash, and neither its scope nor its content', () => {
    const key = new Key('canary-scope', 'summary', 'canary-id');
    for (const shown of [String(key), JSON.stringify({ key }), inspect(key), Object.keys(key).join()]) {
      expect(shown).not.toContain('canary');
      expect(shown).toMatch(/summary|kind/);
    }
    expect(String(key)).toBe(`summary:${key.hash}`);
    expect(key.content()).toBe('canary-id');
  });
});
