import type { Address } from './address.ts';

/** How the pieces of an answer are put on the wire. */
export interface Framing {
  readonly contentType: string;
  readonly frame: (json: string, index: number) => string;
  /** After the last frame. */
  readonly end: string;
}

/** `?alt=sse`: one event for each chunk; the stream ends without a mark. */
const serverSentEvents: Framing = {
  contentType: 'text/event-stream',
  frame: (json) => `data: ${json}\r\n\r\n`,
  end: '',
};

/** Without `alt=sse`: one JSON array that grows by a chunk at a time. */
const growingArray: Framing = {
  contentType: 'application/json; charset=UTF-8',
  frame: (json, index) => `${index === 0 ? '[' : ',\r\n'}${json}`,
  end: ']',
};

export function framingOf(address: Address): Framing {
  return address.serverSentEvents ? serverSentEvents : growingArray;
}
