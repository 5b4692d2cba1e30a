import type { SummaryAnswer } from './api/index.ts';

/** `1,240 tokens read, 96 written, $0.000612`: what it had cost to make it. Empty where nothing is known of that. */
export function summaryCost({ cost }: SummaryAnswer): string {
  if (cost === undefined || cost.inputTokens + cost.outputTokens === 0) return '';
  const { inputTokens, outputTokens, usd, simulated } = cost;
  const dollars = usd?.toLocaleString('en-US', { maximumSignificantDigits: 3 });
  const price = dollars === undefined ? 'no price known' : `$${dollars}${simulated ? ' simulated' : ''}`;
  return `${count(inputTokens)} tokens read, ${count(outputTokens)} written, ${price}`;
}

/** `of the first 48,000 of 120,000 characters`; empty where Gemini was sent the whole file. */
export function summaryPart({ characters = 0, sent = 0 }: SummaryAnswer): string {
  return sent < characters ? `of the first ${count(sent)} of ${count(characters)} characters` : '';
}

/** `of an earlier state of the file, as Gemini failed`; empty for one that holds. */
export function summaryStaleness({ stale, reason }: SummaryAnswer): string {
  if (stale === false) return '';
  const what = stale === 'changed' ? 'of an earlier state of the file' : 'past its time';
  return reason === 'failed' || reason === 'backoff' ? `${what}, as Gemini failed` : what;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
