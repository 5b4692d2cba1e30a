import { describe, expect, it } from 'vitest';
import { checkPriceList } from './price-check.ts';

const unit = 'US dollars per million tokens';
const listWith = (price: object, model: object = {}, list: object = {}) => ({
  date: '2026-09-23',
  unit,
  source: 'our contract',
  sources: { page: { url: 'https://example.com', date: '2026-09-23' } },
  models: { 'a-model': { prices: [{ input: 2, output: 4, ...price }], ...model } },
  ...list,
});

describe('a price list', () => {
  it('is let through as it is', () => {
    const list = listWith({
      cachedInput: 2,
      from: '2026-02-28',
      over: 0,
      storage: 0,
      stated: { page: ['input'] },
    });
    expect(checkPriceList(list)).toBe(list);
  });

  it('may have prices side by side that never hold together', () => {
    const one = { input: 1, output: 1 };
    const prices = [
      { ...one, until: '2027-01-01' },
      { ...one, until: '2027-01-01', over: 10 },
      { ...one, from: '2027-01-01' },
    ];
    expect(() => checkPriceList(listWith({}, { prices }))).not.toThrow();
  });

  it.each([
    ['nothing', undefined, 'a price list must be an object, not undefined'],
    [
      'no unit',
      listWith({}, {}, { unit: 'dollars' }),
      `'unit' of a price list must be '${unit}', not 'dollars'`,
    ],
    [
      'no day',
      listWith({}, {}, { date: '2026-02-30' }),
      "'date' of a price list must be a day such as '2026-09-23', not '2026-02-30'",
    ],
    ['a time for a day', listWith({ from: '2026-09-23T00:00' }), "'from' of model 'a-model' must be a day"],
    [
      'no source',
      listWith({}, {}, { source: '' }),
      "'source' of a price list must be a non-empty string, not ''",
    ],
    ['no models', listWith({}, {}, { models: [] }), "'models' of a price list must be an object"],
    [
      'a misspelt option',
      listWith({}, {}, { model: {} }),
      "a price list has no 'model'; there are date, unit",
    ],
    [
      'a misspelt price',
      listWith({ cached: 1 }),
      "a price of model 'a-model' has no 'cached'; there are input",
    ],
    [
      'no price',
      listWith({}, { prices: [] }),
      "'prices' of model 'a-model' must be an array with a price in it",
    ],
    [
      'no output price',
      listWith({ output: undefined }),
      "'output' of model 'a-model' must be a number of dollars of 0 or more, not undefined",
    ],
    [
      'a negative price',
      listWith({ input: -1 }),
      "'input' of model 'a-model' must be a number of dollars of 0 or more, not -1",
    ],
    [
      'a price that is a text',
      listWith({ storage: '1' }),
      "'storage' of model 'a-model' must be a number of dollars of 0 or more, not '1'",
    ],
    [
      'a dear cache',
      listWith({ cachedInput: 3 }),
      "'cachedInput' of model 'a-model' must not be more than 'input', 2: it is 3",
    ],
    [
      'dear cached sound',
      listWith({ audioInput: 1, cachedAudioInput: 2 }),
      "must not be more than 'audioInput', 1: it is 2",
    ],
    [
      'cached sound alone',
      listWith({ cachedAudioInput: 1 }),
      "'cachedAudioInput' of model 'a-model' needs an 'audioInput'",
    ],
    [
      'an end before its start',
      listWith({ from: '2027-01-01', until: '2027-01-01' }),
      "'until' of model 'a-model' must be a later day",
    ],
    ['half a token', listWith({ over: 0.5 }), "'over' of model 'a-model' must be a whole number"],
    [
      'a source that is not there',
      listWith({ stated: { book: ['input'] } }),
      "'stated' of model 'a-model' has no 'book'; there are page",
    ],
    [
      'a source of no price',
      listWith({ stated: { page: ['outputs'] } }),
      "must list names of prices under 'page'",
    ],
    [
      'a source without an address',
      listWith({}, {}, { sources: { page: { date: '2026-09-23' } } }),
      "'url' of source 'page' must be a non-empty string",
    ],
    [
      'a source without a day',
      listWith({}, {}, { sources: { page: { url: 'x' } } }),
      "'date' of source 'page' must be a day",
    ],
    [
      'bad aliases',
      listWith({}, { aliases: [''] }),
      "'aliases' of model 'a-model' must be an array of non-empty strings",
    ],
    [
      'one name twice',
      listWith({}, { aliases: ['a-model'] }),
      "a price list has two models of the name 'a-model'",
    ],
    [
      'two prices at once',
      listWith(
        {},
        {
          prices: [
            { input: 1, output: 1 },
            { input: 2, output: 2, from: '2027-01-01' },
          ],
        },
      ),
      "model 'a-model' has two prices for the same time and length of prompt",
    ],
  ])('with %s is refused', (_, list, message) => {
    expect(() => checkPriceList(list)).toThrow(
      expect.objectContaining({ code: 'E_OPTION', message: expect.stringContaining(message) }),
    );
  });
});
