import type { TokenUsage } from './exchange.ts';

/** What tokens cost, in US dollars per million. */
export interface Price {
  readonly input: number;
  /** Thoughts are output. */
  readonly output: number;
  /** Input that the provider had cached; left out where that is not known, and such exchanges have no price then. */
  readonly cachedInput?: number;
  /** Input of sound, where it has a price of its own. */
  readonly audioInput?: number;
  readonly cachedAudioInput?: number;
  /** Cached content that is kept on request, per hour; it is no part of what an exchange costs. */
  readonly storage?: number;
}

/** A price, and what it holds for. */
export interface DatedPrice extends Price {
  /** The first day, `2027-01-01`, from midnight UTC. Left out: since ever. */
  readonly from?: string;
  /** The first day on which it does not hold any more. Left out: for all that is known. */
  readonly until?: string;
  /** Only for prompts of more input tokens than this, whole: the highest number that a prompt exceeds decides. Default: 0. */
  readonly over?: number;
  /** By the names of the list's sources: which of these numbers each of them states. */
  readonly stated?: Readonly<Record<string, readonly (keyof Price)[]>>;
}

export interface ModelPrices {
  /** Other names of the model, as the provider documents them. */
  readonly aliases?: readonly string[];
  readonly prices: readonly DatedPrice[];
}

/** Where prices were read, and when. */
export interface PriceSource {
  readonly url: string;
  /** Of what was read there: `2026-09-23`. */
  readonly date: string;
  readonly note?: string;
}

/** The prices of one provider, as they were stated on a day. Plain JSON. */
export interface PriceList {
  /** `2026-09-23` */
  readonly date: string;
  readonly unit: 'US dollars per million tokens';
  /** Where they are published, or whose list this is. */
  readonly source: string;
  /** Where each number was read, by any names. */
  readonly sources?: Readonly<Record<string, PriceSource>>;
  /** What the provider's own names of models may begin with and be the same: `models/`. */
  readonly prefix?: string;
  /** By the exact names of the models. A model that is not here has no known price. */
  readonly models: Readonly<Record<string, ModelPrices>>;
}

/** What one exchange cost, in US dollars. */
export interface ExchangePrice {
  readonly usd: number;
  /** What the provider's own cache took off; it is not in `usd`. */
  readonly cachedUsd: number;
}

/**
 * What an exchange costs, by a list that `checkPriceList` let through. Undefined where that is not known: the list does not
 * name the model, or has no price of it for that time, or for something that was used. Nothing is guessed.
 * @param at milliseconds since 1970
 */
export function priceOf(list: PriceList, usage: TokenUsage, at: number): ExchangePrice | undefined {
  const price = usage.isUnpriceable ? undefined : findPrice(list, usage.model, usage.inputTokens, at);
  if (price === undefined) return undefined;
  const cached = cachedInput(price, usage);
  const input = cached && freshInput(price, usage, cached);
  if (cached === undefined || input === undefined) return undefined;
  return {
    usd: (input.usd + cached.usd + usage.outputTokens * price.output) / 1e6,
    cachedUsd: cached.off / 1e6,
  };
}

/**
 * The price of a model at a time, for prompts of so many tokens; undefined where the list has none.
 * @param at milliseconds since 1970
 */
export function findPrice(
  list: PriceList,
  model: string,
  inputTokens: number,
  at: number,
): DatedPrice | undefined {
  let found: DatedPrice | undefined;
  for (const price of pricesOf(list, model)) {
    const { from, until, over = 0 } = price;
    const holds =
      (from === undefined || at >= Date.parse(from)) && (until === undefined || at < Date.parse(until));
    const fits = over === 0 || inputTokens > over;
    if (holds && fits && over >= (found?.over ?? 0)) found = price;
  }
  return found;
}

function pricesOf({ prefix, models }: PriceList, model: string): readonly DatedPrice[] {
  const name = prefix !== undefined && model.startsWith(prefix) ? model.slice(prefix.length) : model;
  if (Object.hasOwn(models, name)) return models[name]?.prices ?? [];
  return Object.values(models).find(({ aliases }) => aliases?.includes(name))?.prices ?? [];
}

interface CachedInput {
  readonly text: number;
  readonly audio: number;
  /** Millionths of a dollar: what they cost, and what they cost less than if they had not been cached. */
  readonly usd: number;
  readonly off: number;
}

function cachedInput(price: Price, usage: TokenUsage): CachedInput | undefined {
  const { cachedTokens } = usage;
  if (cachedTokens === 0) return { text: 0, audio: 0, usd: 0, off: 0 };
  // Sound at the price of everything else need not be told from it.
  const told = price.audioInput !== undefined && (usage.audioTokens ?? 0) > 0;
  const audio = told ? usage.cachedAudioTokens : 0;
  if (audio === undefined || audio > cachedTokens) return undefined;
  const text = cachedTokens - audio;
  const { input, audioInput = input } = price;
  const textPrice = text === 0 ? 0 : price.cachedInput;
  const audioPrice = audio === 0 ? 0 : price.cachedAudioInput;
  if (textPrice === undefined || audioPrice === undefined) return undefined;
  const usd = text * textPrice + audio * audioPrice;
  return { text, audio, usd, off: text * input + audio * audioInput - usd };
}

/** Undefined where the counts contradict each other. */
function freshInput(
  price: Price,
  usage: TokenUsage,
  cached: CachedInput,
): { readonly usd: number } | undefined {
  const { input, audioInput } = price;
  const audio = audioInput === undefined ? 0 : (usage.audioTokens ?? 0) - cached.audio;
  const text = usage.inputTokens - usage.cachedTokens - audio;
  if (audio < 0 || text < 0) return undefined;
  return { usd: text * input + audio * (audioInput ?? input) };
}
