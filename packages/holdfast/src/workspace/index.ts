export type { DirectoryEntry, FileStatus, FileSystem, OpenFile } from './file-system.ts';
export type { GlobSkips } from './glob-findings.ts';
export type { GlobReading } from './globs.ts';
export type { WorkspaceOptions } from './options.ts';
export type { Scheduler } from './turns.ts';
export type { Hint, WatchPlatform, WatchReport, WatchSession } from './watch/platform.ts';
export type { WatchStatus } from './watch/watcher.ts';
export { openWorkspace, type Workspace } from './workspace.ts';
