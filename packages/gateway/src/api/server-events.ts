import type { Stats } from 'holdfast';
import type { EditCost, LastEdit, RefreshAnswer } from './edit.ts';
import type { LabState } from './lab.ts';
import type { OutlineLine } from './outline.ts';
import type { Status } from './status.ts';
import type { Watching } from './watching.ts';

/** `GET /api/events`: server-sent; the name of the event and its data. The first ones tell the present state. */
export interface ServerEvents {
  status: Status;
  stats: Stats;
  /** An outline was generated: a file was read first, or it changed. `restored`: a kept one holds again instead. */
  outline: OutlineLine & { readonly seconds: number; readonly restored?: true };
  /** The folder was edited, and everything that was made from it is up to date again. */
  edit: LastEdit & { readonly cost: EditCost };
  /** How the watching stands is another than before. */
  watching: Watching;
  /** A look over the folder that somebody asked for ended. */
  refresh: RefreshAnswer;
  lab: LabState;
  /** This client reads too slowly: so many events were dropped. Ask for `/api/outlines` again. */
  missed: { readonly events: number };
}
