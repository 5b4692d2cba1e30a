import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventReader, eventsIn } from './events.ts';

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

test('wherever the bytes are cut, the events are the same', () => {
  const line = fc.oneof(
    fc.constantFrom('', 'data: {"text":"é😀"}', 'data:', ': note', 'event: x', 'stray', '\r', 'data: \ud800'),
    fc.string({ unit: fc.constantFrom('data:', ' ', '\r', '\n', 'x', ':', '语') }),
  );
  const stream = fc
    .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')))
    .map((lines) => lines.flat().join(''));
  fc.assert(
    fc.property(stream, fc.array(fc.nat(40)), (text, cuts) => {
      const bytes = new TextEncoder().encode(text);
      const reader = new EventReader();
      const events = [];
      let start = 0;
      for (const length of cuts) {
        events.push(...reader.push(bytes.subarray(start, start + length)));
        start += length;
      }
      events.push(...reader.push(bytes.subarray(start)));
      const whole = new EventReader();
      expect(events).toEqual(whole.pushText(new TextDecoder().decode(bytes)));
      expect(reader.isWithinEvent).toBe(whole.isWithinEvent);
    }),
  );
});

describe('an event that is too long', () => {
  test('is left out, and those after it are read', () => {
    const reader = new EventReader(20);
    expect(reader.pushText(`data: ${'x'.repeat(15)}`)).toEqual([]);
    expect(reader.isOverlong).toBe(true);
    expect(reader.pushText('data: y\n\ndata: z\n\n').map((event) => event.data)).toEqual(['z']);
    expect(reader.isOverlong).toBe(true);
  });

  test('may be one of many short lines', () => {
    const reader = new EventReader(20);
    expect(reader.pushText(`${'data: x\n'.repeat(10)}\ndata: z\n\n`).map((event) => event.data)).toEqual([
      'z',
    ]);
  });

  test('may come as one line in many pieces', () => {
    const reader = new EventReader(20);
    for (let piece = 0; piece < 100; piece += 1) reader.pushText('xxxxx');
    expect(reader.pushText('\n\ndata: z\n\n').map((event) => event.data)).toEqual(['z']);
  });

  test('is one of exactly the length that is allowed where nothing more comes', () => {
    const reader = new EventReader(7);
    expect(reader.pushText('data: x\n\n')).toEqual([{ data: 'x', isStray: false }]);
  });
});
