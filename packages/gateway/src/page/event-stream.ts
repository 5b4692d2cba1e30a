/** One server-sent event. */
export interface StreamEvent {
  /** `message` when the server named none. */
  readonly name: string;
  readonly data: string;
}

/**
 * Takes a server-sent event stream apart, in whatever pieces it arrives: lines end in LF, CR or CRLF, a line that
 * begins with a colon is a comment, an event without data is none, and one without its closing blank line is not yet
 * there. After https://html.spec.whatwg.org/multipage/server-sent-events.html; `id` and `retry` are not used here.
 */
export class EventStream {
  #rest = '';
  #name = '';
  #data: string[] = [];

  /** @returns the events that `text` completes */
  push(text: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    this.#rest += text;
    for (let end = this.#lineEnd(); end !== undefined; end = this.#lineEnd()) {
      const line = this.#rest.slice(0, end.at);
      this.#rest = this.#rest.slice(end.at + end.length);
      const event = this.#line(line);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  #lineEnd(): { at: number; length: number } | undefined {
    const at = this.#rest.search(/[\r\n]/);
    if (at < 0) return undefined;
    if (this.#rest[at] === '\n') return { at, length: 1 };
    // Whether a CR at the very end begins a CRLF is known only with the next piece.
    if (at === this.#rest.length - 1) return undefined;
    return { at, length: this.#rest[at + 1] === '\n' ? 2 : 1 };
  }

  #line(line: string): StreamEvent | undefined {
    if (line === '') {
      const event = { name: this.#name || 'message', data: this.#data.join('\n') };
      const complete = this.#data.length > 0;
      this.#name = '';
      this.#data = [];
      return complete ? event : undefined;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    if (field === 'data') this.#data.push(value);
    return undefined;
  }
}
