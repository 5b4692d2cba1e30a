/** What an event of a stream carries. */
export interface ServerEvent {
  /** Its `data`, the lines joined. */
  readonly data: string;
  /** No field of an event, but lines that stood in the stream bare: a server that fails in its middle may write its error so. */
  readonly isStray: boolean;
}

/**
 * Reads server-sent events as the HTML standard has it: any of the three ends of a line, comments, several `data` lines, a
 * byte order mark, cut anywhere. Never throws, and holds no more than one event of `longest` characters; a longer one is left out.
 */
export class EventReader {
  readonly #longest: number;
  readonly #decoder = new TextDecoder();
  #line = '';
  /** Characters of the line, those that were left out as well. */
  #length = 0;
  #data: string[] | undefined;
  #stray: string[] = [];
  #size = 0;
  #afterReturn = false;
  #isOverlong = false;

  constructor(longest: number = longestEvent) {
    this.#longest = longest;
  }

  /** An event was longer than is read: what the stream says is not known. */
  get isOverlong(): boolean {
    return this.#isOverlong;
  }

  /** Whether something came after the last event that is whole. */
  get isWithinEvent(): boolean {
    return this.#length > 0 || this.#data !== undefined || this.#stray.length > 0;
  }

  /** The events that are whole with these bytes. */
  push(bytes: Uint8Array): ServerEvent[] {
    return this.pushText(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The same for text. */
  pushText(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    if (text === '') return events;
    const ends = /\r\n?|\n/g;
    let start = this.#afterReturn && text.startsWith('\n') ? 1 : 0;
    this.#afterReturn = text.endsWith('\r');
    ends.lastIndex = start;
    for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
      this.#append(text.slice(start, end.index));
      this.#endLine(events);
      start = ends.lastIndex;
    }
    this.#append(text.slice(start));
    return events;
  }

  #append(text: string): void {
    this.#length += text.length;
    this.#size += text.length;
    if (this.#size <= this.#longest) this.#line += text;
    else this.#isOverlong = true;
  }

  #endLine(events: ServerEvent[]): void {
    const [line, length] = [this.#line, this.#length];
    this.#line = '';
    this.#length = 0;
    if (length === 0) {
      this.#endEvent(events);
      return;
    }
    if (this.#size > this.#longest) return;
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    if (name === 'data') {
      this.#data ??= [];
      this.#data.push(colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1));
    } else if (!silent.has(name)) this.#stray.push(line);
  }

  #endEvent(events: ServerEvent[]): void {
    const isWhole = this.#size <= this.#longest;
    if (isWhole && this.#data !== undefined) events.push({ data: this.#data.join('\n'), isStray: false });
    else if (isWhole && this.#stray.length > 0) events.push({ data: this.#stray.join('\n'), isStray: true });
    this.#data = undefined;
    this.#stray = [];
    this.#size = 0;
  }
}

/** Fields that change nothing here; a comment is a line without a name. */
const silent = new Set(['', 'event', 'id', 'retry']);

/** Characters of one event: a picture or a sound is some megabytes in base64. */
const longestEvent = 64 * 1024 * 1024;

/** The events of a whole stream, and whether it ends within one. */
export function eventsIn(body: string): {
  readonly events: readonly ServerEvent[];
  readonly isBroken: boolean;
} {
  const reader = new EventReader();
  const events = reader.pushText(body.startsWith('\ufeff') ? body.slice(1) : body);
  const isBroken = reader.isWithinEvent || reader.isOverlong;
  // Bare lines have no end of their own.
  return { events: [...events, ...reader.pushText('\n\n').filter(({ isStray }) => isStray)], isBroken };
}
