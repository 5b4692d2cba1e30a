export { PortError } from './listen.ts';
export { type RunningServer, startServer } from './server.ts';
