import { HoldfastError } from '../lib/errors.ts';
import type { DatedPrice, ModelPrices, Price, PriceList } from './price-list.ts';

const numbers: readonly (keyof Price)[] = [
  'input',
  'output',
  'cachedInput',
  'audioInput',
  'cachedAudioInput',
  'storage',
];
const listNames = ['date', 'unit', 'source', 'sources', 'prefix', 'models'];
const modelNames = ['aliases', 'prices'];
const priceNames = [...numbers, 'from', 'until', 'over', 'stated'];
const unit = 'US dollars per million tokens';

/**
 * A price list that somebody handed in.
 * @throws E_OPTION where it is none: a number that is no price, a cached token that costs more than a fresh one, a day that
 * is none, a misspelt name, two models of one name, or two prices for the same time and length
 */
export function checkPriceList(value: unknown): PriceList {
  const list = object(value, 'a price list', listNames);
  if (list.unit !== unit) refuse(`'unit' of a price list must be '${unit}', not ${show(list.unit)}`);
  day(list.date, "'date' of a price list");
  text(list.source, "'source' of a price list");
  if (list.prefix !== undefined) text(list.prefix, "'prefix' of a price list");
  const sources = list.sources === undefined ? {} : object(list.sources, "'sources' of a price list");
  for (const [name, given] of Object.entries(sources)) {
    const source = object(given, `source '${name}' of a price list`, ['url', 'date', 'note']);
    text(source.url, `'url' of source '${name}'`);
    day(source.date, `'date' of source '${name}'`);
  }
  const names = new Set<string>();
  const models = object(list.models, "'models' of a price list");
  for (const [model, given] of Object.entries(models)) {
    const { aliases = [], prices } = checkModel(model, given, Object.keys(sources));
    for (const name of [model, ...aliases]) {
      if (names.has(name)) refuse(`a price list has two models of the name '${name}'`);
      names.add(name);
    }
    checkOverlaps(model, prices);
  }
  return value as PriceList;
}

function checkModel(model: string, value: unknown, sources: readonly string[]): ModelPrices {
  const { aliases, prices } = object(value, `model '${model}' of a price list`, modelNames);
  const areNames = Array.isArray(aliases) && aliases.every((name) => typeof name === 'string' && name !== '');
  if (aliases !== undefined && !areNames) {
    refuse(`'aliases' of model '${model}' must be an array of non-empty strings`);
  }
  if (!Array.isArray(prices) || prices.length === 0) {
    refuse(`'prices' of model '${model}' must be an array with a price in it, not ${show(prices)}`);
  }
  for (const price of prices) checkPrice(model, price, sources);
  return value as ModelPrices;
}

function checkPrice(model: string, value: unknown, sources: readonly string[]): void {
  const price = object(value, `a price of model '${model}'`, priceNames);
  const { from, until, over, stated } = price;
  for (const name of numbers) {
    const needed = name === 'input' || name === 'output';
    if (price[name] === undefined && !needed) continue;
    if (!isNumber(price[name]) || price[name] < 0) {
      refuse(
        `'${name}' of model '${model}' must be a number of dollars of 0 or more, not ${show(price[name])}`,
      );
    }
  }
  const { input, cachedInput, audioInput, cachedAudioInput } = price as Partial<Record<keyof Price, number>>;
  cheaper(model, 'cachedInput', cachedInput, 'input', input);
  if (cachedAudioInput !== undefined && audioInput === undefined) {
    refuse(`'cachedAudioInput' of model '${model}' needs an 'audioInput' beside it`);
  }
  cheaper(model, 'cachedAudioInput', cachedAudioInput, 'audioInput', audioInput);
  if (from !== undefined) day(from, `'from' of model '${model}'`);
  if (until !== undefined) day(until, `'until' of model '${model}'`);
  if (from !== undefined && until !== undefined && timeOf(from) >= timeOf(until)) {
    refuse(`'until' of model '${model}' must be a later day than 'from', ${show(from)}, not ${show(until)}`);
  }
  if (over !== undefined && !(Number.isSafeInteger(over) && Number(over) >= 0)) {
    refuse(`'over' of model '${model}' must be a whole number of tokens of 0 or more, not ${show(over)}`);
  }
  if (stated === undefined) return;
  for (const [source, fields] of Object.entries(object(stated, `'stated' of model '${model}'`, sources))) {
    const known = Array.isArray(fields) && fields.every((name) => numbers.includes(name));
    if (!known) refuse(`'stated' of model '${model}' must list names of prices under '${source}'`);
  }
}

function cheaper(model: string, name: string, price = 0, than = '', limit = Number.POSITIVE_INFINITY): void {
  if (price > limit) {
    refuse(`'${name}' of model '${model}' must not be more than '${than}', ${limit}: it is ${price}`);
  }
}

/** Of two prices for one prompt at one time none would be the right one. */
function checkOverlaps(model: string, prices: readonly DatedPrice[]): void {
  for (const [place, one] of prices.entries()) {
    for (const other of prices.slice(place + 1)) {
      const together = startOf(one) < endOf(other) && startOf(other) < endOf(one);
      if (together && (one.over ?? 0) === (other.over ?? 0)) {
        refuse(`model '${model}' has two prices for the same time and length of prompt`);
      }
    }
  }
}

const startOf = ({ from }: DatedPrice) => (from === undefined ? Number.NEGATIVE_INFINITY : timeOf(from));
const endOf = ({ until }: DatedPrice) => (until === undefined ? Number.POSITIVE_INFINITY : timeOf(until));

function object(value: unknown, what: string, names?: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(`${what} must be an object, not ${show(value)}`);
  }
  for (const name of names === undefined ? [] : Object.keys(value)) {
    if (!names?.includes(name)) refuse(`${what} has no '${name}'; there are ${names?.join(', ')}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function text(value: unknown, what: string): void {
  if (typeof value !== 'string' || value === '')
    refuse(`${what} must be a non-empty string, not ${show(value)}`);
}

function day(value: unknown, what: string): void {
  const time = typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? timeOf(value) : Number.NaN;
  // 2026-02-30 parses, and is the second of March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value) {
    refuse(`${what} must be a day such as '2026-09-23', not ${show(value)}`);
  }
}

const timeOf = (value: unknown) => Date.parse(String(value));
const isNumber = (value: unknown): value is number => Number.isFinite(value);

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}

function refuse(message: string): never {
  throw new HoldfastError('E_OPTION', message);
}
