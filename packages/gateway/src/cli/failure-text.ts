import { HoldfastError } from 'holdfast';

/** What is told of a failure that nobody has put into words: of one of the library its sentence, of any other where it comes from. */
export function failureText(error: unknown): string {
  if (HoldfastError.isInstance(error)) return `${error.message} (${error.code})`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
