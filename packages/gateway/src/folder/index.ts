export type {
  FolderListing,
  FolderOptions,
  FolderProgress,
  FolderSkips,
  FolderWarning,
} from './folder-listing.ts';
export type { EntryType, FolderEntry, FolderReader } from './folder-reader.ts';
export { FolderRootError, listSourceFiles } from './list-source-files.ts';
export { isSourceName, looksBinary } from './source-names.ts';
