export { Lab } from './lab.ts';
export { ModelClient } from './model-client.ts';
export { LabProvider, normalLatencyMs } from './provider.ts';
export { priceSource, simulatedModel } from './simulated-model.ts';
