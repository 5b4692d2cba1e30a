export {
  type FolderEvents,
  type FolderListener,
  FolderService,
  UnlistedFileError,
} from './folder-service.ts';
export { binaryOutline } from './outline-definition.ts';
