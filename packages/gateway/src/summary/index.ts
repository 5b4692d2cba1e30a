export { defaultSummaryModel, GeminiSummaries, type GeminiSummariesOptions } from './gemini-summaries.ts';
export { outlineInWords } from './outline-words.ts';
export { maxSentCharacters, promptVersion, type SummaryPrompt, summaryPrompt } from './prompt.ts';
export { isSecretName } from './secret-names.ts';
export { SummaryFailure, summaryFailureOf } from './summary-failure.ts';
