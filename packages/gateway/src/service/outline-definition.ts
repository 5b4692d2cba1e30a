import type { GenerationContext } from 'holdfast';
import { maxSourceBytes, sourceText } from '../folder/index.ts';
import { type Outline, outlineSource } from '../outline/index.ts';

/** The kind of the entries that hold outlines, and the name of their definition. */
export const outlineKind = 'outline';

/** A part of every key: raise it when the same file would be outlined differently. */
export const outlineVersion = 3;

/** Makes the outline of a file of the workspace. A file that cannot be parsed is outlined by lines, never refused. */
export async function generateOutline(ctx: GenerationContext, path: string): Promise<Outline> {
  const bytes = await ctx.bytes(path);
  if (bytes.byteLength > maxSourceBytes) return largeOutline(path, bytes.byteLength);
  const text = sourceText(bytes);
  return text === undefined ? binaryOutline(path, bytes.byteLength) : outlineSource(path, text);
}

/** Its name did not say that a file is binary, and its content does: there are no lines or tokens to count. */
export function binaryOutline(path: string, bytes: number): Outline {
  return withoutText(path, bytes, 'binary', 'binary: not outlined');
}

function largeOutline(path: string, bytes: number): Outline {
  return withoutText(path, bytes, 'text', 'over 1 MiB: not outlined');
}

function withoutText(path: string, bytes: number, language: string, note: string): Outline {
  return {
    path,
    language,
    bytes,
    lines: 0,
    estimatedTokens: 0,
    symbols: [],
    imports: [],
    parser: 'lines',
    note,
  };
}
