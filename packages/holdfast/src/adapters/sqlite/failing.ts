import { HoldfastError } from '../../lib/errors.ts';
import { type Failure, failureOf } from './failure.ts';

/** E_STORE, with the engine's error as its cause. */
export function storeError(failure: Failure): HoldfastError {
  return new HoldfastError('E_STORE', `the store cannot answer: ${failure.message}`, {
    cause: Object.assign(new Error(failure.message), { reason: failure.reason }),
  });
}

/** What was caught, as E_STORE; an error of Holdfast's stays as it is. */
export function asStoreError(error: unknown): HoldfastError {
  return HoldfastError.isInstance(error) ? error : storeError(failureOf(error));
}

export function closedError(): HoldfastError {
  return new HoldfastError('E_CLOSED', 'the store is closed');
}
