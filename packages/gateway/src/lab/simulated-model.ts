import type { FakeGeminiReply, ListPrice, PriceTable } from 'holdfast/testing';
import listPrices from './list-prices.json' with { type: 'json' };

/** The model whose list prices the simulated dollars are counted at. */
export const simulatedModel = 'gemini-2.5-flash';

/** Where the list prices come from, and the date of the page that they were read from. */
export const priceSource = { source: listPrices.source, date: listPrices.date } as const;

export const priceTable: PriceTable = listPrices.models;
export const simulatedPrice: ListPrice = listPrices.models[simulatedModel];

/**
 * What the simulated model answers. The counts are those of a question with a few retrieved pages before it, so that
 * a call costs about a quarter of a cent: the question that is really sent is one line long.
 */
export const simulatedReply: FakeGeminiReply = {
  text: 'A context cache keeps what an application would otherwise compute again.',
  usage: { promptTokenCount: 4_000, candidatesTokenCount: 500 },
};
