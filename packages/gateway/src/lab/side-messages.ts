import type { ProviderMood, LabSide as SideState } from '../api.ts';

/** What the server tells the worker of a side to do. */
export interface Order {
  readonly id: number;
  readonly what:
    | { readonly name: 'herd'; readonly callers: number }
    | { readonly name: 'mood'; readonly mood: ProviderMood }
    | { readonly name: 'expire' | 'reset' };
}

/** What the worker says: how things stand, and where `id` is given, that this order is done, or failed. */
export interface Report {
  readonly id?: number;
  readonly state: SideState;
  readonly error?: string;
}
