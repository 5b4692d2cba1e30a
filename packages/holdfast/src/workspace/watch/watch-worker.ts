import { linuxKernel } from './kernel.ts';
import { serveWatching } from './watch-serving.ts';

serveWatching(linuxKernel());
