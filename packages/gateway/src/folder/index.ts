export { sourceGlob, sourcePaths } from './source-glob.ts';
export { listSources, type SourceListing } from './source-listing.ts';
export { sourceText } from './source-text.ts';
