/** What an event of a stream carries. */
export interface ServerEvent {
  /** Its `data`, the lines joined. */
  readonly data: string;
  /**
   * Lines that are no field of an event, between two of them or at the end: the standard says to skip them, but a server that
   * fails in its middle may write its error so.
   */
  readonly isStray: boolean;
}

/**
 * The server-sent events of a whole stream, and whether it ends within one, by the HTML standard: any of the three ends of a
 * line, comments, several `data` lines, a byte order mark. Never throws, and takes a time that grows with the length.
 */
export function eventsIn(body: string): {
  readonly events: readonly ServerEvent[];
  readonly isBroken: boolean;
} {
  const block = new Block();
  const events: ServerEvent[] = [];
  const ends = /\r\n?|\n/g;
  let start = body.startsWith('\ufeff') ? 1 : 0;
  ends.lastIndex = start;
  for (let end = ends.exec(body); end !== null; end = ends.exec(body)) {
    if (end.index > start) block.add(body.slice(start, end.index));
    else {
      const event = block.end();
      if (event !== undefined) events.push(event);
    }
    start = ends.lastIndex;
  }
  const isBroken = start < body.length || !block.isEmpty;
  if (start < body.length) block.add(body.slice(start));
  const last = block.end();
  // Bare lines have no end of their own; an event without one is none.
  if (last?.isStray === true) events.push(last);
  return { events, isBroken };
}

/** The lines up to the next blank one. */
class Block {
  #data: string[] = [];
  #stray: string[] = [];

  get isEmpty(): boolean {
    return this.#data.length + this.#stray.length === 0;
  }

  add(line: string): void {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    if (name === 'data') {
      this.#data.push(colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1));
    } else if (!silent.has(name)) this.#stray.push(line);
  }

  end(): ServerEvent | undefined {
    const [data, stray] = [this.#data, this.#stray];
    if (data.length > 0) this.#data = [];
    if (stray.length > 0) this.#stray = [];
    if (data.length > 0) return { data: data.join('\n'), isStray: false };
    return stray.length > 0 ? { data: stray.join('\n'), isStray: true } : undefined;
  }
}

/** Fields that change nothing here; a comment is a line without a name. */
const silent = new Set(['', 'event', 'id', 'retry']);
