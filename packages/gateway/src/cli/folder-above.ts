import { dirname, relative, resolve, sep } from 'node:path';
import { codeOf } from '../error-code.ts';
import { FolderService } from '../service/index.ts';
import { hasStore, openStore } from '../store/index.ts';
import type { GeminiSummaries } from '../summary/index.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { remark } from './remark.ts';
import { findServer, RefusedError, type RunningServer } from './running-server.ts';

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

const nothing: ReadonlySet<string> = new Set(['E_NOT_LISTED', 'E_FILE_ABSENT']);

/**
 * What whoever can say something of a file says of it. What is amiss with a store is told beside the answer.
 *
 * @param route of a server
 * @param ask the same of the service of a folder without one
 * @param gemini who summarises there, if anybody does; a server asks with its own key
 * @throws CommandError where it is no source file, or the server refuses to answer
 */
export async function askAbove<T>(
  above: FolderAbove,
  route: string,
  ask: (service: FolderService, path: string) => Promise<T>,
  gemini?: GeminiSummaries,
): Promise<T> {
  const { path } = above;
  try {
    if ('server' in above) return await above.server.get<T>(route, { path });
    const { answer, warnings } = await withStored(above.folder, (service) => ask(service, path), gemini);
    for (const warning of warnings) remark(warning);
    return answer;
  } catch (error) {
    const isNothing = nothing.has(codeOf(error));
    if (!isNothing && !(error instanceof RefusedError)) throw error;
    throw new CommandError(isNothing ? exitCode.nothing : exitCode.failed, (error as Error).message);
  }
}
