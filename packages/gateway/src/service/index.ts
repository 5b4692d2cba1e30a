export { type FolderEvents, type FolderListener, FolderService } from './folder-service.ts';
export { binaryOutline } from './outline-definition.ts';
