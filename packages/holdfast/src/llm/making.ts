import type { GenerationContext, Skipped } from '../cache/generator.ts';
import { publish } from '../cache/live.ts';
import { checkResponse } from '../guard/failure.ts';
import type { Guard } from '../guard/guard.ts';
import { HoldfastError, HoldfastProviderError } from '../lib/errors.ts';
import { limited } from './answer-limit.ts';
import type { Exchange, ExchangeRequest, Form, Recording, TokenUsage } from './exchange.ts';
import type { ExchangePrice } from './price-list.ts';
import type { Allowances, Provider, Question } from './provider.ts';
import { scopeOfKey } from './scope-name.ts';
import { Tape } from './tape.ts';
import type { Upstream } from './upstream.ts';

/** What all exchanges of one provider are made with. */
export interface Maker {
  readonly provider: Provider;
  readonly upstream: Upstream;
  readonly guard: Guard;
  readonly allowances: Allowances;
  /** Bytes of an answer beyond which it is given up. */
  readonly maxAnswerBytes: number;
  readonly simulated: boolean;
  /** Undefined: it is not known. */
  readonly priceOf: (usage: TokenUsage) => ExchangePrice | undefined;
}

/** One exchange that is to be made. */
export interface Order {
  readonly question: Question;
  readonly request: ExchangeRequest;
  readonly key: string | undefined;
  /** The tenant, among whom turns are shared; whose quota is used is told by the key. */
  readonly scope: string;
  /** False: whoever waits gets the answer, and nothing is kept. */
  readonly keep: boolean;
}

/** An answer that is not whole yet: what those are shown who wait for a stream. */
export class LiveAnswer {
  readonly form: Form;
  readonly headers: Readonly<Record<string, string>>;
  readonly tape: Tape<Uint8Array>;

  constructor(form: Form, headers: Readonly<Record<string, string>>, tape: Tape<Uint8Array>) {
    this.form = form;
    this.headers = headers;
    this.tape = tape;
  }
}

/** What one attempt came to. */
interface Made {
  readonly recording: Recording;
  /** Why it is not kept, if so. */
  readonly unkept: string | undefined;
  readonly isBroken: boolean;
  readonly usage: TokenUsage | undefined;
  readonly price: ExchangePrice | undefined;
}

/**
 * Asks the provider, once however many wait: the generator of an exchange. What comes is written on a tape, which those are
 * shown who wait for a stream; as soon as one of them has read of it, there is no second attempt.
 */
export async function make(
  maker: Maker,
  order: Order,
  ctx: GenerationContext,
): Promise<Exchange | Skipped<Exchange>> {
  const { guard, priceOf, simulated } = maker;
  const { question, scope, key, keep } = order;
  const tape = new Tape<Uint8Array>();
  let last: unknown;
  try {
    const made = await guard<Made>(
      async (signal, attempt) => {
        // Somebody may have begun to read while this attempt waited for its turn.
        if (!tape.rewind()) throw last;
        try {
          return await attemptOnce(maker, order, { ctx, tape, signal, attempt });
        } catch (error) {
          last = error;
          throw error;
        }
      },
      {
        model: question.model,
        project: scopeOfKey(key),
        scope,
        signal: ctx.signal,
        estimate: estimateOf(question, priceOf),
        usage: ({ usage, price }) => usage && { inputTokens: usage.inputTokens, usd: price?.usd },
        isRepeatable: () => !tape.isRead,
      },
    );
    tape.end();
    const { usage, price, recording, unkept, isBroken } = made;
    if (usage !== undefined) {
      const { inputTokens, outputTokens, cachedTokens, model } = usage;
      ctx.cost({ inputTokens, outputTokens, cachedTokens, model, ...price, ...(simulated && { simulated }) });
    }
    const exchange: Exchange = { version: 1, ...recording, ...(isBroken && { isBroken }) };
    return keep && unkept === undefined ? exchange : ctx.skip(exchange);
  } catch (error) {
    // Whoever reads a failure that the provider has written into its stream has all of it; any other breaks it off.
    if (error instanceof ToldInStream) tape.end();
    else tape.fail(error);
    throw error;
  }
}

interface Doing {
  readonly ctx: GenerationContext;
  readonly tape: Tape<Uint8Array>;
  readonly signal: AbortSignal;
  readonly attempt: Parameters<Parameters<Guard>[0]>[1];
}

async function attemptOnce(maker: Maker, order: Order, doing: Doing): Promise<Made> {
  const { provider, upstream, allowances, priceOf } = maker;
  const { question, request, key } = order;
  const { signal, attempt } = doing;
  const response = await checkResponse(
    await upstream.send(request, { key, signal, headers: attempt.headers() }),
  );
  const headers = upstream.headersOf(response.headers);
  const body = await record(attempt.guardBody(response), maker.maxAnswerBytes, question.form, headers, doing);
  const { form } = question;
  const recording: Recording = { form, type: headers['content-type'] ?? typeOf(form), body };
  const judgement = provider.judge(question, recording, allowances);
  if (judgement.is === 'failure') throw new ToldInStream(judgement.status, response.headers, judgement.body);
  const { usage } = judgement;
  const price = usage && priceOf(usage);
  const unkept = question.unkept ?? (judgement.is === 'unkept' ? judgement.why : undefined);
  const isBroken = judgement.is === 'unkept' && judgement.isBroken === true;
  return { recording, unkept, isBroken, usage, price };
}

/** Writes the body on the tape and gives it as text. @throws E_ANSWER_TOO_LARGE, E_PROVIDER where it is no UTF-8 */
async function record(
  response: Response,
  maxBytes: number,
  form: Form,
  headers: Readonly<Record<string, string>>,
  { ctx, tape }: Doing,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limited(response.body ?? new Blob().stream(), maxBytes)) {
    chunks.push(chunk);
    tape.append(chunk);
    if (chunks.length === 1) publish(ctx, new LiveAnswer(form, headers, tape));
  }
  try {
    return decoder.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  } catch (cause) {
    throw new HoldfastError('E_PROVIDER', "the provider's answer is no text in UTF-8", { cause });
  }
}

/** Only what comes back as the same bytes is a text. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The provider began to answer, and wrote a failure into the stream: readers have it already. */
class ToldInStream extends HoldfastProviderError {}

function estimateOf({ model, estimatedTokens }: Question, priceOf: Maker['priceOf']) {
  const price = priceOf({ model, inputTokens: estimatedTokens, cachedTokens: 0, outputTokens: 0 });
  return { inputTokens: estimatedTokens, ...(price !== undefined && { usd: price.usd }) };
}

function typeOf(form: Form): string {
  return form === 'events' ? 'text/event-stream' : 'application/json; charset=UTF-8';
}
