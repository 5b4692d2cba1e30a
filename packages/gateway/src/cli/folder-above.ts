import { dirname, relative, resolve, sep } from 'node:path';
import { FolderService } from '../service/index.ts';
import { hasStore, openStore } from '../store/index.ts';
import type { GeminiSummaries } from '../summary/index.ts';
import { findServer, type RunningServer } from './running-server.ts';

/** Who can say something of a file: the server of the folder that it is in, or the store that one has left there. */
export type FolderAbove = {
  /** Of the file in that folder, with `/`. */
  readonly path: string;
} & ({ readonly server: RunningServer } | { readonly folder: string });

/** For the folder that the file is in, or the nearest one above it that is served or was. */
export async function folderAbove(file: string): Promise<FolderAbove | undefined> {
  const place = resolve(file);
  for (let folder = dirname(place); ; folder = dirname(folder)) {
    const path = relative(folder, place).replaceAll(sep, '/');
    const server = await findServer(folder);
    if (server !== undefined) return { path, server };
    if (hasStore(folder)) return { path, folder };
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * Asks a service that is opened on the folder's own store, and closed again; with what is amiss with the store.
 *
 * @param gemini who summarises, if anybody does
 */
export async function withStored<T>(
  folder: string,
  ask: (service: FolderService) => Promise<T>,
  gemini?: GeminiSummaries,
): Promise<{ readonly answer: T; readonly warnings: readonly string[] }> {
  const opened = await openStore(folder, { type: 'home' }, false);
  const service = await FolderService.open(folder, opened, false, gemini);
  try {
    const answer = await ask(service);
    return { answer, warnings: service.storeWarnings };
  } finally {
    await service.close();
  }
}
