import { HoldfastError } from '../lib/errors.ts';
import type { GlobOptions } from '../model/dependency.ts';
import type { DependencySource } from '../trace/source.ts';
import type { Engine } from './engine.ts';
import { checkNames } from './kind.ts';

/** @throws E_NO_WORKSPACE naming the method that needs one */
export function workspaceOf({ workspace }: Engine, method: string): DependencySource {
  if (workspace !== undefined) return workspace;
  throw new HoldfastError(
    'E_NO_WORKSPACE',
    `${method} needs a workspace: createCache({ workspace: await openWorkspace(root) })`,
  );
}

// Not streaming, it keeps nothing from one text to the next.
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a file, without its byte order mark. Replacing what is not UTF-8 would make a value of a text that
 * nobody wrote. @throws E_NOT_UTF8
 */
export function decodeText(name: string, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new HoldfastError(
      'E_NOT_UTF8',
      `${JSON.stringify(name)} is not valid UTF-8 text: read it with ctx.bytes, and decode it as what it is`,
      { cause },
    );
  }
}

/** Knows no option that a workspace does not; what is wrong with a value the workspace says. @throws E_OPTION */
export function checkGlobOptions(options: GlobOptions): GlobOptions {
  checkNames(options, { dot: true, ignore: true, links: true, unreadable: true }, 'ctx.glob');
  return options;
}
