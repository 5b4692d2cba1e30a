export * from './fake-gemini/index.ts';
