import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventsIn } from './events.ts';

const data = (text: string) => eventsIn(text).events.map((event) => event.data);

test.each([
  ['line feeds', 'data: a\n\ndata: b\n\n', ['a', 'b']],
  ['both', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
  ['carriage returns', 'data: a\r\rdata: b\r\r', ['a', 'b']],
  ['a mix', 'data: a\r\n\ndata: b\r\r\n', ['a', 'b']],
  ['no space', 'data:a\n\n', ['a']],
  ['two spaces', 'data:  a\n\n', [' a']],
  ['several lines', 'data: a\ndata: b\n\n', ['a\nb']],
  ['a bare name', 'data\n\n', ['']],
  ['comments', ': keep\n\ndata: a\n: alive\n\n', ['a']],
  ['other fields', 'event: x\nid: 1\nretry: 5\ndata: a\n\n', ['a']],
  ['events without data', 'event: x\n\ndata: a\n\n', ['a']],
  ['blank lines', '\n\n\ndata: a\n\n\n', ['a']],
  ['a byte order mark', '\ufeffdata: a\n\n', ['a']],
  ['nothing', '', []],
])('events with %s are read', (_, text, expected) => {
  expect(data(text)).toEqual(expected);
  expect(eventsIn(text).isBroken).toBe(false);
});

test.each(['data: a\n\ndata: b', 'data: a\n\ndata: b\n', 'data: a\n\nda', 'data: a\n\n: com'])(
  'a stream that ends within an event is broken, and the event is not one: %j',
  (text) => {
    const { events, isBroken } = eventsIn(text);
    expect(events.filter(({ isStray }) => !isStray)).toEqual([{ data: 'a', isStray: false }]);
    expect(isBroken).toBe(true);
  },
);

test('lines that are no fields are told apart from events', () => {
  expect(eventsIn('data: a\n\n{\n  "error": {}\n}').events).toEqual([
    { data: 'a', isStray: false },
    { data: '{\n  "error": {}\n}', isStray: true },
  ]);
});

test('whatever is written as events comes back, with any ends of lines and anything between', () => {
  const end = fc.constantFrom('\n', '\r\n', '\r');
  const data = fc.string({ unit: fc.constantFrom('a', ':', ' ', '{', 'é😀', '\ud800', 'data') });
  const noise = fc.constantFrom('', ': note', 'event: x', 'id', 'retry: 1');
  const event = fc.record({ lines: fc.array(data, { minLength: 1, maxLength: 3 }), noise });
  fc.assert(
    fc.property(fc.array(event), end, (written, newLine) => {
      const text = written.map(({ lines, noise: before }) =>
        [...(before === '' ? [] : [before]), ...lines.map((line) => `data: ${line}`), '', ''].join(newLine),
      );
      expect(eventsIn(text.join(''))).toEqual({
        events: written.map(({ lines }) => ({ data: lines.join('\n'), isStray: false })),
        isBroken: false,
      });
    }),
  );
});

test('any text at all is read', () => {
  const text = fc.string({ unit: fc.constantFrom('data:', ' ', '\r', '\n', 'x', ':', '\ufeff', '\ud800') });
  fc.assert(
    fc.property(text, text, (one, other) => {
      const apart = [...eventsIn(`${one}\n\n`).events, ...eventsIn(`${other}\n\n`).events];
      expect(eventsIn(`${one}\n\n${other.replace(/^\ufeff/, '')}\n\n`).events).toEqual(apart);
    }),
  );
});

test('a stream of a million short lines is read in a time that grows with its length', () => {
  expect(eventsIn('data: x\n'.repeat(500_000)).isBroken).toBe(true);
  expect(eventsIn('data: x\n\n'.repeat(500_000)).events).toHaveLength(500_000);
});
