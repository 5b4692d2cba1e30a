/** How the command ends. Documented in `holdfast --help`; tests/golden/help.txt shows it. */
export const exitCode = {
  /** Done; a server was stopped by Ctrl-C or SIGTERM and has closed everything. */
  ok: 0,
  failed: 1,
  usage: 2,
  noServer: 3,
  folder: 4,
  port: 5,
  /** What was looked for is not there. */
  nothing: 6,
  /** A second Ctrl-C: ended without closing. */
  interrupted: 130,
} as const;

/** What went wrong in one line, and the code to exit with. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  constructor(code: number, message: string) {
    super(message);
    this.exitCode = code;
  }
}
