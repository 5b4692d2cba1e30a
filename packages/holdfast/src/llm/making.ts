import type { GenerationContext, Skipped } from '../cache/generator.ts';
import { publish } from '../cache/live.ts';
import { checkResponse } from '../guard/failure.ts';
import { HoldfastError, HoldfastProviderError } from '../lib/errors.ts';
import { limited } from './answer-limit.ts';
import type { Exchange, ExchangeRequest, Form, Recording } from './exchange.ts';
import type { Allowances, Judgement, Provider, Question } from './provider.ts';
import { scopeOfKey } from './scope-name.ts';
import type { Tape } from './tape.ts';
import { type Counted, type Maker, type Taping, taped } from './taping.ts';
import type { Upstream } from './upstream.ts';

/** What all exchanges of one provider are made with. */
export interface ExchangeMaker extends Maker {
  readonly provider: Provider;
  readonly upstream: Upstream;
  readonly allowances: Allowances;
  /** Bytes of an answer beyond which it is given up. */
  readonly maxAnswerBytes: number;
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
interface Made extends Counted {
  readonly recording: Recording;
  /** Why it is not kept, if so. */
  readonly unkept: string | undefined;
  readonly isBroken: boolean;
}

/** The generator of an exchange: asks the provider, and shows a stream while it comes to those who wait for one. */
export async function make(
  maker: ExchangeMaker,
  order: Order,
  ctx: GenerationContext,
): Promise<Exchange | Skipped<Exchange>> {
  const { question, scope, key, keep } = order;
  const { model, estimatedTokens } = question;
  const { recording, unkept, isBroken } = await taped<Uint8Array, Made>(
    maker,
    {
      model,
      project: scopeOfKey(key),
      scope,
      estimatedTokens,
      attempt: (taping) => attemptOnce(maker, order, taping),
    },
    ctx,
  );
  const exchange: Exchange = { version: 1, ...recording, ...(isBroken && { isBroken }) };
  return keep && unkept === undefined ? exchange : ctx.skip(exchange);
}

async function attemptOnce(maker: ExchangeMaker, order: Order, taping: Taping<Uint8Array>): Promise<Made> {
  const { provider, upstream, allowances, maxAnswerBytes } = maker;
  const { question, request, key } = order;
  const { signal, attempt, tape, ctx } = taping;
  const response = await checkResponse(
    await upstream.send(request, { key, signal, headers: attempt.headers() }),
  );
  const headers = upstream.headersOf(response.headers);
  const { form } = question;
  const judge = (body: string): { recording: Recording; judgement: Judgement } => {
    const recording = { form, type: headers['content-type'] ?? typeOf(form), body };
    return { recording, judgement: provider.judge(question, recording, allowances) };
  };
  const chunks: Uint8Array[] = [];
  let text: string;
  try {
    const body = response.body === null ? new Blob().stream() : attempt.guardBody(response.body);
    await record(limited(body, maxAnswerBytes), chunks, new LiveAnswer(form, headers, tape), ctx);
    text = decoded(chunks);
  } catch (error) {
    if (chunks.length > 0) taping.spent(judge(Buffer.concat(chunks).toString()).judgement.usage);
    throw error;
  }
  const { recording, judgement } = judge(text);
  const { usage } = judgement;
  if (judgement.is === 'failure') {
    taping.spent(usage);
    throw taping.told(new HoldfastProviderError(judgement.status, response.headers, judgement.body));
  }
  const unkept = question.unkept ?? (judgement.is === 'unkept' ? judgement.why : undefined);
  const isBroken = judgement.is === 'unkept' && judgement.isBroken === true;
  return { recording, unkept, isBroken, usage };
}

/** Writes on the tape of what is live what comes, and keeps it. @throws E_ANSWER_TOO_LARGE, what it breaks off with */
async function record(
  coming: AsyncIterable<Uint8Array>,
  chunks: Uint8Array[],
  live: LiveAnswer,
  ctx: GenerationContext,
): Promise<void> {
  for await (const chunk of coming) {
    chunks.push(chunk);
    live.tape.append(chunk);
    if (chunks.length === 1) publish(ctx, live);
  }
}

/** @throws E_PROVIDER where it is no UTF-8 */
function decoded(chunks: readonly Uint8Array[]): string {
  try {
    return decoder.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  } catch (cause) {
    throw new HoldfastError('E_PROVIDER', "the provider's answer is no text in UTF-8", { cause });
  }
}

/** Only what comes back as the same bytes is a text. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function typeOf(form: Form): string {
  return form === 'events' ? 'text/event-stream' : 'application/json; charset=UTF-8';
}
