import { HoldfastError } from '../../lib/errors.ts';
import type { Failure, FailureReason } from './failure.ts';

/** E_STORE, with the engine's error as its cause. */
export function storeError(failure: Failure): HoldfastError {
  return new HoldfastError('E_STORE', `the store cannot answer: ${failure.message}`, {
    cause: Object.assign(new Error(failure.message), { reason: failure.reason }),
  });
}

/** Why an error of this store's was thrown; undefined for any other. */
export function reasonIn(error: unknown): FailureReason | undefined {
  const cause = HoldfastError.isInstance(error) ? error.cause : undefined;
  return (cause as { readonly reason?: FailureReason } | undefined)?.reason;
}

export function closedError(): HoldfastError {
  return new HoldfastError('E_CLOSED', 'the store is closed');
}
