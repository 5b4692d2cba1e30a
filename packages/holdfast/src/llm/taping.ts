import type { GenerationContext } from '../cache/generator.ts';
import type { Attempt } from '../guard/attempt.ts';
import type { Guard } from '../guard/guard.ts';
import type { TokenUsage } from './exchange.ts';
import type { ExchangePrice } from './price-list.ts';
import { Tape } from './tape.ts';

/** What answers are made with. */
export interface Maker {
  readonly guard: Guard;
  readonly simulated: boolean;
  /** Undefined: it is not known. */
  readonly priceOf: (usage: TokenUsage) => ExchangePrice | undefined;
}

/** A call for one answer: `C` is what comes of it while it is made, `M` what one attempt came to. */
export interface TapedCall<C, M extends Counted> {
  readonly model: string;
  /** Whose quota is used. */
  readonly project?: string;
  /** The tenant, among whom turns are shared. */
  readonly scope: string;
  readonly estimatedTokens: number;
  readonly attempt: (taping: Taping<C>) => Promise<M>;
}

export interface Counted {
  readonly usage: TokenUsage | undefined;
}

/** One attempt of such a call. */
export interface Taping<C> {
  readonly ctx: GenerationContext;
  /** Empty; for what comes. */
  readonly tape: Tape<C>;
  readonly signal: AbortSignal;
  readonly attempt: Attempt;
  /** The same failure, which stands on the tape itself: whoever reads that has all of it. */
  readonly told: <E>(failure: E) => E;
  /** An attempt that fails may have cost something all the same, as far as it told. */
  readonly spent: (usage: TokenUsage | undefined) => void;
}

/**
 * Asks through the guard, once however many wait. What comes is written on a tape, which an attempt may show to those who can
 * use a part of it; as soon as one of them has read of it, there is no second attempt. Rejects as the guard does.
 */
export async function taped<C, M extends Counted>(
  { guard, simulated, priceOf }: Maker,
  { attempt: doOnce, estimatedTokens, ...call }: TapedCall<C, M>,
  ctx: GenerationContext,
): Promise<M> {
  // Said before anything can fail, so that the seconds of a failure are simulated ones as well.
  if (simulated) ctx.cost({ simulated });
  const tape = new Tape<C>();
  let last: unknown;
  let isOnTape = false;
  const told = <E>(failure: E): E => {
    isOnTape = true;
    return failure;
  };
  const report = (usage: TokenUsage, cost: ExchangePrice | undefined): void => {
    const { inputTokens, outputTokens, cachedTokens, model } = usage;
    ctx.cost({ inputTokens, outputTokens, cachedTokens, model, ...cost, ...(simulated && { simulated }) });
  };
  const price = priceOf({
    model: call.model,
    inputTokens: estimatedTokens,
    cachedTokens: 0,
    outputTokens: 0,
  });
  try {
    const { made, cost } = await guard(
      async (signal, attempt) => {
        // Somebody may have begun to read while this attempt waited for its turn.
        if (!tape.rewind()) throw last;
        isOnTape = false;
        const spent = (usage: TokenUsage | undefined): void => {
          if (usage === undefined) return;
          const cost = priceOf(usage);
          report(usage, cost);
          attempt.spent({ inputTokens: usage.inputTokens, usd: cost?.usd });
        };
        try {
          const made = await doOnce({ ctx, tape, signal, attempt, told, spent });
          return { made, cost: made.usage && priceOf(made.usage) };
        } catch (error) {
          last = error;
          throw error;
        }
      },
      {
        ...call,
        signal: ctx.signal,
        estimate: { inputTokens: estimatedTokens, usd: price?.usd },
        usage: ({ made: { usage }, cost }) => usage && { inputTokens: usage.inputTokens, usd: cost?.usd },
        isRepeatable: () => !tape.isRead,
      },
    );
    tape.end();
    if (made.usage !== undefined) report(made.usage, cost);
    return made;
  } catch (error) {
    // What is not on the tape breaks it off.
    if (isOnTape) tape.end();
    else tape.fail(error);
    throw error;
  }
}
