import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { CommandError, exitCode } from './exit-code.ts';
import { unreadable } from './unreadable.ts';

/** @throws CommandError unless this is a folder that can be read */
export async function checkFolder(folder: string): Promise<void> {
  const shown = JSON.stringify(folder);
  const refuse = (problem: string) => new CommandError(exitCode.folder, `${shown} ${problem}`);
  try {
    if (!(await stat(folder)).isDirectory()) throw refuse('is not a folder: give the one that it is in');
    await access(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw refuse(unreadable(error));
  }
}
