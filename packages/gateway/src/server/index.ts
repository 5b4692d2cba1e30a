export { defaultPort, PortError } from './listen.ts';
export { Refusal } from './refusal.ts';
export { maxCallers } from './routes.ts';
export { type RunningServer, startServer } from './server.ts';
