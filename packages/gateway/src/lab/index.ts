export { Lab } from './lab.ts';
