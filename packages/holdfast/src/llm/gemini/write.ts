import type { Form, Recording } from '../exchange.ts';
import { chunksOf } from './chunks.ts';
import { merge } from './merge.ts';

/**
 * The same answer in another form. The form that it has is the recording itself, byte for byte, and so is one of which
 * nothing can be read. Never throws.
 */
export function write(recording: Recording, form: Form): Recording {
  if (recording.form === form) return recording;
  const { chunks, texts } = chunksOf(recording);
  if (texts.length === 0) return recording;
  if (form === 'document') {
    const body = stringified(() => merge(chunks));
    return body === undefined ? recording : { form, type: json, body };
  }
  const body =
    form === 'array'
      ? `[${texts.join(',\r\n')}]`
      : texts.map((text) => `data: ${onOneLine(text)}\r\n\r\n`).join('');
  return { form, type: form === 'array' ? json : 'text/event-stream', body };
}

const json = 'application/json; charset=UTF-8';

/** Undefined where the answer is too deep to be written. */
function stringified(make: () => unknown): string | undefined {
  try {
    return JSON.stringify(make());
  } catch {
    return undefined;
  }
}

/** JSON has breaks of lines between its tokens only: within a string they are escaped. */
function onOneLine(text: string): string {
  return text.replace(/[\r\n]+[ \t]*/g, '');
}
