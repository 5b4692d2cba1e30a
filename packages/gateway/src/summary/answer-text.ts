/** Longer, and it is no paragraph any more: cut at a word. */
const maxCharacters = 2_000;

/** The paragraph in an answer of Gemini, in one line and without thoughts; empty where there is none. */
export function answerText(body: string): string {
  const parts = (JSON.parse(body) as Answer)?.candidates?.[0]?.content?.parts;
  if (!Array.isArray(parts)) return '';
  const said = parts.map((part) =>
    part?.thought !== true && typeof part?.text === 'string' ? part.text : '',
  );
  const text = said.join('').replace(/\s+/g, ' ').trim();
  if (text.length <= maxCharacters) return text;
  return `${text.slice(0, text.lastIndexOf(' ', maxCharacters)).toWellFormed()} …`;
}

interface Answer {
  readonly candidates?: readonly {
    readonly content?: {
      readonly parts?: readonly ({ readonly text?: unknown; readonly thought?: unknown } | null)[];
    };
  }[];
}
