import type { Definition, GenerationContext, KindOptions } from 'holdfast';
import { maxSourceBytes, sourceText } from '../folder/index.ts';
import type { Outline } from '../outline/index.ts';
import { type GeminiSummaries, SummaryFailure, summaryPrompt } from '../summary/index.ts';

/** The kind of the entries that hold summaries of files by Gemini, and the name of their definition. */
export const summaryKind = 'summary';

/** What is kept of a summary. Its cost is kept with every entry. */
export interface Summary {
  /** One paragraph in one line. */
  readonly text: string;
  /** The model that answered, as it names itself. */
  readonly model: string;
  /** UTF-16 code units of the file, and how many of them Gemini was sent. */
  readonly characters: number;
  readonly sent: number;
}

/**
 * A summary is as good as its file is unchanged, so it does not age, and one of an earlier state of the file is still told when
 * Gemini fails. Its money is what counts: a lease lets one process of the machine ask, and a call that was sent is waited for
 * although nobody does any more, as it is paid for anyway. Checked, as a look at one file is nothing beside a call.
 */
export const summaryKindOptions: KindOptions<Summary> = {
  staleIfError: '30d',
  generationTimeout: '1m',
  onAbandon: 'finish',
};

/**
 * Makes the summary of a file, of its outline and its text. It is made of the whole text, comments included, as they are what
 * tells most: an edit of a comment makes it again, an edit that is undone does not.
 *
 * Every failure is thrown, so that none is kept: the outline answers then, and the next call asks again. What Gemini was paid
 * for an answer that cannot be used is reported all the same.
 */
export async function generateSummary(
  ctx: GenerationContext,
  path: string,
  outlines: Definition<[path: string], Outline>,
  gemini: GeminiSummaries,
): Promise<Summary> {
  const [outline, bytes] = await Promise.all([ctx.use(outlines, path), ctx.bytes(path)]);
  const text = bytes.byteLength > maxSourceBytes ? undefined : sourceText(bytes);
  if (text === undefined || text.trim() === '') {
    throw new SummaryFailure('E_NO_TEXT', 'there is no text in it to summarise');
  }
  const prompt = summaryPrompt(outline, text);
  const { summary, model, cost, problem } = await gemini.ask(prompt, ctx.signal);
  ctx.cost(cost);
  if (problem !== undefined) throw new SummaryFailure('E_BAD_ANSWER', problem);
  return { text: summary, model, characters: prompt.characters, sent: prompt.sent };
}
