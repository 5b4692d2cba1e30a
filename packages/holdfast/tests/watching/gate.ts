import { execFileSync } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A named pipe: whoever reads it stands still until it is opened and closed here. */
export class Gate {
  readonly path: string;
  #held: FileHandle | undefined;

  constructor(root: string) {
    this.path = gateOf(root);
    execFileSync('mkfifo', [this.path]);
  }

  /** Resolves when somebody stands at the gate. */
  async reached(): Promise<void> {
    this.#held = await open(this.path, 'w');
  }

  async open(): Promise<void> {
    await this.#held?.close();
  }
}

/** The gate of a root is beside it, so that nobody is told of it. */
export function gateOf(root: string): string {
  return join(dirname(root), 'gate');
}
