import { expect, test } from 'vitest';
import { StreamedText } from './streamed-text.ts';

const event = (text: string) =>
  `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text }] } }] })}\r\n\r\n`;

test('the text of a stream is the same in whatever parts its bytes come', () => {
  const bytes = Buffer.from(event('one, ') + event('zwölf\n\n') + event('“three”'));
  for (const size of [1, 2, 7, bytes.length]) {
    const streamed = new StreamedText();
    for (let at = 0; at < bytes.length; at += size) streamed.push(bytes.subarray(at, at + size));
    expect(streamed.text).toBe('one, zwölf\n\n“three”');
  }
});

test('an event that is not whole yet is no text yet', () => {
  const streamed = new StreamedText();
  streamed.push(Buffer.from(event('one, ') + event('two').slice(0, -1)));
  expect(streamed.text).toBe('one, ');
});
