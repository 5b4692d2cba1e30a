import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
} from '@ai-sdk/provider';
import { conformanceOf } from '../llm/conformance.ts';

/** Whether later callers may have an answer, too: the reason why not, undefined where they may. */
export function reasonAgainstKeeping(
  { content, finishReason, structuredOutputText }: LanguageModelV4GenerateResult,
  { responseFormat }: LanguageModelV4CallOptions,
  truncated: boolean,
): string | undefined {
  const { unified } = finishReason;
  if (unified !== 'stop' && unified !== 'tool-calls' && !(unified === 'length' && truncated)) {
    return `it ended by '${unified}'`;
  }
  if (!content.some(isSubstance)) return 'it is empty';
  if (content.some((part) => part.type === 'tool-call' && !isInput(part.input))) {
    return 'the input of a tool call is no JSON';
  }
  if (content.some((part) => part.type === 'tool-result' && part.isError === true)) {
    return 'a tool of the provider failed';
  }
  if (responseFormat?.type !== 'json' || unified !== 'stop') return undefined;
  return shapeDefect(structuredOutputText ?? textOf(content), responseFormat.schema ?? true);
}

function shapeDefect(text: string, schema: unknown): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it should be JSON, and is not';
  }
  const conformance = conformanceOf(value, schema);
  if (conformance === 'conforms') return undefined;
  return conformance === 'fails' ? 'it fails the schema' : 'whether it holds to the schema cannot be told';
}

function isSubstance(part: LanguageModelV4Content): boolean {
  if (part.type === 'text') return part.text !== '';
  return part.type !== 'reasoning' && part.type !== 'source';
}

function textOf(content: readonly LanguageModelV4Content[]): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Of a tool without any, it may be nothing. */
const isInput = (text: string) => text.trim() === '' || isJsonText(text);

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
