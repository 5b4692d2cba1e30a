export { Lab } from './lab.ts';
export { ModelClient } from './model-client.ts';
export { LabProvider, normalLatencyMs } from './provider.ts';
export type { Reader } from './reader.ts';
export { Readers } from './readers.ts';
export { priceSource, simulatedModel } from './simulated-model.ts';
export { OwnStreams, SharedStreams, type Streams } from './streams.ts';
