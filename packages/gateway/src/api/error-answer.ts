/** Why a request was refused or failed. `message` says what to do about it. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string };
}
