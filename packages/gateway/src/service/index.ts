export { contextKinds } from './context-kinds.ts';
export type { FolderEvents, FolderListener } from './folder-events.ts';
export { FolderService } from './folder-service.ts';
export { binaryOutline } from './outline-definition.ts';
