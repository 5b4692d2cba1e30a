import { HoldfastError } from '../lib/errors.ts';

/**
 * What a generation failed with, as the cache and those who listen to it may see it: the errors of the AI SDK hold the prompt
 * and the answer, and would bring them into every log of events. Whoever asked gets the error itself.
 */
export class ModelFailure extends HoldfastError {
  override readonly name = 'ModelFailure';
  readonly #original: unknown;

  constructor(original: unknown) {
    if (HoldfastError.isInstance(original)) super(original.code, original.message);
    else super('E_PROVIDER', 'the model failed');
    this.#original = original;
    // A refusal of the guard names what the provider had said as its cause.
    if (HoldfastError.isInstance(original) && original.cause !== undefined) {
      original.cause = new ModelFailure(original.cause);
    }
  }

  /** For whoever asked, and for nobody else. */
  static originalOf(error: unknown): unknown {
    return error instanceof ModelFailure ? error.#original : error;
  }
}
