import type { Watching } from './api/index.ts';
import { counted } from './counted.ts';

/** `Watching 560 files in 84 directories, live`: for the terminal and for the page. */
export function watchingLine({ state, reason, files, directories, polled }: Watching): string {
  const these = counted(files, 'file');
  const watched = `Watching ${these} in ${counted(directories, 'directory', 'directories')}`;
  switch (state) {
    case 'LIVE': {
      const rest =
        polled === 0 ? '' : `; ${counted(polled, 'directory', 'directories')} cannot be watched: polled`;
      return `${watched}, live${rest}`;
    }
    case 'SCANNING':
      return `${watched}: looking at all of them first`;
    case 'DEGRADED':
      return `Polling ${these}: ${reason}`;
    case 'UNKNOWN':
      return `Not watching at the moment: ${reason}`;
    case 'OFF':
      return 'Not watching: a change is seen when somebody asks';
  }
}
