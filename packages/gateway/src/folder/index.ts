export { sourceGlob, sourcePaths } from './source-glob.ts';
export { isSource, listSources, maxSourceBytes, type SourceListing } from './source-listing.ts';
export { sourceText } from './source-text.ts';
