/** The path is inside the folder, and is none of its source files. */
export class UnlistedFileError extends Error {
  override readonly name = 'UnlistedFileError';
  readonly code = 'E_NOT_LISTED';
  constructor(path: string) {
    super(
      `${JSON.stringify(path)} is no source file of this folder: it is not there, or an ignore file leaves it out`,
    );
  }
}
