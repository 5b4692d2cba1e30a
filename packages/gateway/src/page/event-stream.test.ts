import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStream, type StreamEvent } from './event-stream.ts';

const text =
  ': hello\n\nevent: lab\ndata: {"a":1}\n\ndata: one\ndata:two\r\nid: 7\r\n\r\nevent: lonely\n\n:beat\rdata: \r\r';
const events: StreamEvent[] = [
  { name: 'lab', data: '{"a":1}' },
  { name: 'message', data: 'one\ntwo' },
];

describe('EventStream', () => {
  it('reads names, lines of data, comments and every line end', () => {
    // The last blank line is a CR that may still become a CRLF: the event behind it is not told yet.
    expect(new EventStream().push(text)).toEqual(events);
    expect(new EventStream().push(`${text}\n`)).toEqual([...events, { name: 'message', data: '' }]);
  });

  it('gives nothing for an event whose closing blank line has not come', () => {
    const stream = new EventStream();
    expect(stream.push('event: stats\ndata: 1\n')).toEqual([]);
    expect(stream.push('\n')).toEqual([{ name: 'stats', data: '1' }]);
  });

  it('reads the same however the text is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        const stream = new EventStream();
        const ends = [...cuts, text.length].sort((a, b) => a - b);
        const read = ends.flatMap((end, index) => stream.push(text.slice(ends[index - 1] ?? 0, end)));
        expect(read).toEqual(events);
      }),
    );
  });
});
