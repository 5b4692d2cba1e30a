export type { Outline, OutlineSymbol } from './outline.ts';
export { outlineSource } from './outline-source.ts';
