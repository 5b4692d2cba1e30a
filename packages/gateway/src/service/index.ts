export type { FolderEvents, FolderListener } from './folder-events.ts';
export { FolderService } from './folder-service.ts';
export { binaryOutline, outlineKind } from './outline-definition.ts';
