export { defaultSummaryModel, GeminiSummaries } from './gemini-summaries.ts';
export { outlineInWords } from './outline-words.ts';
export { promptVersion, summaryPrompt } from './prompt.ts';
export { isSecretName } from './secret-names.ts';
export { SummaryFailure, summaryFailureOf } from './summary-failure.ts';
