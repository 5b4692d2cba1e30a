import type { ExchangeRequest } from 'holdfast/llm';
import type { SummaryPrompt } from './prompt.ts';

/** Room for a paragraph, and for the thoughts of models that cannot do without. */
const maxOutputTokens = 4_096;

/** The request for a summary, without a key. The same words for the same file: nothing in it is left to chance. */
export function summaryRequest(model: string, { instruction, question }: SummaryPrompt): ExchangeRequest {
  const body = {
    systemInstruction: { parts: [{ text: instruction }] },
    contents: [{ role: 'user', parts: [{ text: question }] }],
    generationConfig: {
      temperature: 0,
      maxOutputTokens,
      // Thoughts cost more than the paragraph. Other models refuse to do without, or have no such field.
      ...(/^gemini-2\.5-flash(?:$|-)/.test(model) && { thinkingConfig: { thinkingBudget: 0 } }),
    },
  };
  return {
    method: 'POST',
    target: `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
}
