import { mkdirSync, writeFileSync } from 'node:fs';
import { type MachineFacts, machineFacts, machineText } from './machine.ts';
import type { Flags } from './program.ts';

/** What every report begins with. */
export interface Setting {
  /** The day of the run, as an ISO date. */
  readonly date: string;
  readonly scale: 'full' | 'quick';
  /** As it was when the run began. */
  readonly machine: MachineFacts;
}

/** To be asked for before anything is measured. */
export function settingOf(flags: Flags): Setting {
  const date = new Date().toISOString().slice(0, 10);
  return { date, scale: flags.quick ? 'quick' : 'full', machine: machineFacts() };
}

/** Where and when, in the words of the reports; they go on with the load. */
export function settingText({ date, scale, machine }: Setting): string {
  return `Measured ${date} (${scale} run) on ${machineText(machine)};`;
}

const results = new URL('./results/', import.meta.url);

/** Writes `results/<name>-<day>.json` and `results/<name>.md`. */
export function record(name: string, title: string, report: Setting, rendered: string): void {
  mkdirSync(results, { recursive: true });
  const json = new URL(`${name}-${report.date}.json`, results);
  writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(new URL(`${name}.md`, results), `# ${title}: the latest recorded run\n\n${rendered}\n`);
}
