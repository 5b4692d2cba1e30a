/** The text of a Gemini stream of server-sent events, as far as it has come, in whatever parts the bytes arrive. */
export class StreamedText {
  readonly #decoder = new TextDecoder();
  #rest = '';
  #text = '';

  get text(): string {
    return this.#text;
  }

  push(bytes: Uint8Array): void {
    const events = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\r\n\r\n');
    this.#rest = events.pop() ?? '';
    for (const event of events) this.#text += textOf(event.slice('data: '.length));
  }
}

function textOf(json: string): string {
  const { candidates } = JSON.parse(json) as {
    candidates: readonly { content: { parts: readonly { text?: string }[] } }[];
  };
  return candidates[0]?.content.parts.map(({ text = '' }) => text).join('') ?? '';
}
