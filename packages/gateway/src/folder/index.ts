export type { FolderSkips } from './folder-listing.ts';
export { listSourceFiles } from './list-source-files.ts';
export { looksBinary } from './source-names.ts';
