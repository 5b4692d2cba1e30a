export type { FolderSkips } from './folder-listing.ts';
export { listSourceFiles } from './list-source-files.ts';
export { sourceText } from './source-text.ts';
