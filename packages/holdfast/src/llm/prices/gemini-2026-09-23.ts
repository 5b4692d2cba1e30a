import type { PriceList } from '../price-list.ts';

/*
 * What Gemini costs with a key of Google AI Studio, paid, at the standard tier: not batch, flex or priority, and without what
 * grounding, images and the storage of cached content cost. This is data, and a module only so that every bundler takes it.
 *
 * Each number stands at the page itself, and `stated` names where it was read. What no source states is left out. Models that
 * came out later, previews that the page does not list any more, models that answer in images, sound or vectors, and names
 * that mean another model from time to time (`gemini-flash-latest`) are not in here: they have no known price.
 */
export const geminiPrices: PriceList = {
  date: '2026-09-23',
  unit: 'US dollars per million tokens',
  source: 'https://ai.google.dev/gemini-api/docs/pricing',
  sources: {
    page: {
      url: 'https://ai.google.dev/gemini-api/docs/pricing',
      date: '2026-09-23',
      note: 'the page of the provider',
    },
    quotes: {
      url: 'https://raw.githubusercontent.com/api-evangelist/deepmind/refs/heads/main/plans/deepmind-plans-pricing.yml',
      date: '2026-10-07',
      note: 'quotes the page of that day word for word',
    },
    collection: {
      url: 'https://github.com/pydantic/genai-prices/blob/47df840a5ab10bbcffb8e5ac01b9899032245d1b/prices/providers/google.yml',
      date: '2026-08-21',
      note: 'names the page for each model, with the day on which it was compared',
    },
  },
  prefix: 'models/',
  models: {
    'gemini-3.8-flash': {
      prices: [
        {
          until: '2027-01-01',
          input: 0.75,
          cachedInput: 0.075,
          output: 3.75,
          storage: 0.5,
          stated: { page: ['input', 'cachedInput', 'storage'], quotes: ['output'] },
        },
        {
          from: '2027-01-01',
          input: 1.5,
          cachedInput: 0.15,
          output: 7.5,
          storage: 1,
          stated: { page: ['input', 'cachedInput', 'storage'], quotes: ['output'] },
        },
      ],
    },
    'gemini-3.7-flash': {
      prices: [
        {
          until: '2027-01-01',
          input: 0.75,
          cachedInput: 0.075,
          output: 3.75,
          storage: 0.5,
          stated: { page: ['input', 'cachedInput', 'storage'], collection: ['output'] },
        },
        {
          from: '2027-01-01',
          input: 1.5,
          cachedInput: 0.15,
          output: 7.5,
          storage: 1,
          stated: { page: ['input', 'cachedInput', 'storage'], collection: ['output'] },
        },
      ],
    },
    'gemini-3.6-flash': {
      prices: [
        {
          until: '2027-01-01',
          input: 0.75,
          cachedInput: 0.075,
          output: 3.75,
          storage: 0.5,
          stated: { page: ['input', 'cachedInput', 'storage'], collection: ['output'] },
        },
        {
          from: '2027-01-01',
          input: 1.5,
          cachedInput: 0.15,
          output: 7.5,
          storage: 1,
          stated: { page: ['input', 'cachedInput', 'storage'], collection: ['output'] },
        },
      ],
    },
    'gemini-3.5-flash': {
      prices: [
        {
          input: 1.5,
          cachedInput: 0.15,
          output: 9,
          stated: { quotes: ['input', 'output'], collection: ['cachedInput'] },
        },
      ],
    },
    'gemini-3.5-flash-lite': {
      prices: [
        {
          input: 0.3,
          cachedInput: 0.03,
          output: 2.5,
          stated: { quotes: ['input', 'output'], collection: ['cachedInput'] },
        },
      ],
    },
    'gemini-3.1-pro-preview': {
      prices: [
        {
          input: 2,
          cachedInput: 0.2,
          output: 12,
          storage: 4.5,
          stated: { page: ['input', 'cachedInput', 'storage'], quotes: ['output'] },
        },
        {
          over: 200_000,
          input: 4,
          cachedInput: 0.4,
          output: 18,
          stated: { quotes: ['input', 'output'], collection: ['cachedInput'] },
        },
      ],
    },
    'gemini-3.1-flash-lite': {
      prices: [
        {
          input: 0.25,
          cachedInput: 0.025,
          output: 1.5,
          audioInput: 0.5,
          cachedAudioInput: 0.05,
          stated: { collection: ['input', 'cachedInput', 'output', 'audioInput', 'cachedAudioInput'] },
        },
      ],
    },
    'gemini-3-flash-preview': {
      prices: [
        {
          input: 0.5,
          cachedInput: 0.05,
          output: 3,
          audioInput: 1,
          cachedAudioInput: 0.1,
          stated: { collection: ['input', 'cachedInput', 'output', 'audioInput', 'cachedAudioInput'] },
        },
      ],
    },
    'gemini-2.5-pro': {
      prices: [
        {
          input: 1.25,
          cachedInput: 0.125,
          output: 10,
          storage: 4.5,
          stated: { page: ['input', 'cachedInput', 'storage'], collection: ['output'] },
        },
        {
          over: 200_000,
          input: 2.5,
          cachedInput: 0.25,
          output: 15,
          stated: { quotes: ['input'], collection: ['cachedInput', 'output'] },
        },
      ],
    },
    'gemini-2.5-flash': {
      prices: [
        {
          input: 0.3,
          cachedInput: 0.03,
          output: 2.5,
          audioInput: 1,
          cachedAudioInput: 0.1,
          storage: 1,
          stated: {
            page: ['input', 'cachedInput', 'output', 'storage'],
            quotes: ['audioInput'],
            collection: ['cachedAudioInput'],
          },
        },
      ],
    },
    'gemini-2.5-flash-lite': {
      prices: [
        {
          input: 0.1,
          cachedInput: 0.01,
          output: 0.4,
          audioInput: 0.3,
          cachedAudioInput: 0.03,
          storage: 1,
          stated: {
            page: ['input', 'cachedInput', 'storage'],
            quotes: ['output'],
            collection: ['audioInput', 'cachedAudioInput'],
          },
        },
      ],
    },
  },
};
