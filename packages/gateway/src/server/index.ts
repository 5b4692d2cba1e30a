export { Token } from './access.ts';
export { PortError } from './listen.ts';
export { type RunningServer, startServer } from './server.ts';
