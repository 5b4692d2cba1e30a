import type { ProviderMood } from '../api/index.ts';
import type { Scene } from './scene.ts';
import type { Standing } from './side.ts';

/** What the server tells the worker of a side to do. */
export interface Order {
  readonly id: number;
  readonly what:
    | { readonly name: 'play'; readonly scene: Scene }
    | { readonly name: 'mood'; readonly mood: ProviderMood }
    | { readonly name: 'expire' | 'reset' };
}

/** What the worker says: how things stand, and where `id` is given, that this order is done, or failed. */
export interface Report {
  readonly id?: number;
  readonly state: Standing;
  readonly error?: string;
}
