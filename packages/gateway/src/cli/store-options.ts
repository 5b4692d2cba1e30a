import type { StoreChoice } from '../store/index.ts';
import { type Arguments, usage } from './arguments.ts';

/** For commands that keep what they make. */
export const storeOptions = { store: { type: 'string' }, 'no-store': { type: 'boolean' } } as const;

/** @throws CommandError with the exit code of wrong usage */
export function storeChoice(command: string, { options }: Arguments): StoreChoice {
  const { store, 'no-store': none } = options;
  if (store !== undefined && none === true) throw usage(command, '--store and --no-store exclude each other');
  if (none === true) return { type: 'none' };
  return store === undefined ? { type: 'home' } : { type: 'file', path: String(store) };
}
