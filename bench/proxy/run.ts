import { machineFacts, versions } from '../machine.ts';
import type { Flags } from '../program.ts';
import { record, settingOf } from '../recording.ts';
import { type ProxyReport, render } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

/** Measures the proxy, tells standard error how far it is, and records each round if it is to. */
export async function runProxy(flags: Flags): Promise<ProxyReport> {
  const setting = settingOf(flags);
  const scale = flags.quick ? quick : full;
  let report: ProxyReport | undefined;
  for await (const results of measureAll(scale, (what) => console.error(what))) {
    report = {
      ...setting,
      versions: versions('@portkey-ai/gateway', '@hono/node-server'),
      loadAtTheEnd: machineFacts().load,
      followers: scale.followers,
      results,
    };
    if (flags.record) record('proxy', 'The proxy', report, render(report));
  }
  if (report === undefined) throw new Error('nothing was measured');
  return report;
}
