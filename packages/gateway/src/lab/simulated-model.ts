import { findPrice, geminiPrices } from 'holdfast/llm';
import type { FakeGeminiReply, ListPrice, PriceTable } from 'holdfast/testing';
import { answerPieces } from './streamed-answer.ts';

/** The model whose list prices the simulated dollars are counted at. */
export const simulatedModel = 'gemini-2.5-flash';

/** Where the list prices come from, and the date of the page that they were read from. */
export const priceSource = { source: geminiPrices.source, date: geminiPrices.date } as const;

export const simulatedPrice: ListPrice = priceNow();
export const priceTable: PriceTable = { [simulatedModel]: simulatedPrice };

function priceNow(): ListPrice {
  const price = findPrice(geminiPrices, simulatedModel, 0, Date.now());
  if (price === undefined) throw new Error(`there is no list price of ${simulatedModel}`);
  const { input, output, cachedInput = input } = price;
  return { input, output, cachedInput };
}

/**
 * What the simulated model answers. The counts are those of a question with a few retrieved pages before it, so that
 * a call costs about a quarter of a cent: the question that is really sent is one line long.
 */
export const simulatedReply: FakeGeminiReply = {
  text: 'A context cache keeps what an application would otherwise compute again.',
  usage: { promptTokenCount: 4_000, candidatesTokenCount: 500 },
};

/** The same question answered as a stream, by so many of its pieces: a chunk each, whose tokens are counted. */
export function streamedReply(pieces: number): FakeGeminiReply {
  return {
    parts: answerPieces.slice(0, pieces).map((text) => ({ text })),
    usage: { promptTokenCount: 4_000 },
  };
}
