export type { FileStatus, FileSystem, OpenFile } from './file-system.ts';
export { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';
