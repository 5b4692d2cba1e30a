import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ownVersion, peerVersion } from '../machine.ts';
import type { Flags } from '../program.ts';
import { record, settingOf } from '../recording.ts';
import { render, renderMissed, type WatchingReport } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

const table = join(import.meta.dirname, '../../docs/watchers.md');

/** Measures everything of watching, tells standard error how far it is, and records the report if it is to. */
export async function runWatching(flags: Flags): Promise<WatchingReport> {
  const setting = settingOf(flags);
  const results = await measureAll(flags.quick ? quick : full, (what) => console.error(what));
  const report: WatchingReport = {
    ...setting,
    versions: {
      holdfast: ownVersion(),
      parcel: peerVersion('@parcel/watcher'),
      chokidar: peerVersion('chokidar'),
      node: setting.machine.node.slice(1),
    },
    results,
  };
  if (flags.record) {
    record('watching', 'Watching', report, render(report));
    writeFileSync(
      table,
      `# Changes missed by watchers\n\n${renderMissed(report)}\n\nWritten by \`node bench/watching.ts --record\`.\n`,
    );
  }
  return report;
}
