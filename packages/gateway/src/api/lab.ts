import type { ProviderHealth, ProviderMood } from './lab-provider.ts';
import type { LabSide } from './lab-side.ts';

/** `GET /api/lab`; the answer of every `POST /api/lab/…`, and event `lab`. */
export interface LabState {
  /** The provider is a fake one on this machine; the dollars are what the list prices would have made of it. */
  readonly simulated: true;
  readonly mood: ProviderMood;
  readonly model: string;
  /** Where the list prices come from, and when they were read. */
  readonly prices: { readonly source: string; readonly date: string };
  readonly running: boolean;
  /** What is played, or was played last. */
  readonly scene: 'herd' | LabSceneName;
  /** The stage that the sick scene has come to; `null` while it is not played. */
  readonly health: ProviderHealth | null;
  /** Callers of the present herd, or of the last one; 0 before the first, and in the sick scene. */
  readonly callers: number;
  readonly protected: LabSide;
  readonly unprotected: LabSide;
}

/** `POST /api/lab/herd`, body `{ callers }` of 1 to 10,000: the same herd on both sides. */
export interface HerdRequest {
  readonly callers: number;
}

/**
 * `storm`: 1,000 callers with different questions, 60 calls a minute. `sick`: callers come while the provider fails.
 * `stream`: 1,000 callers of one streamed answer, who come late, leave early and read slowly.
 */
export type LabSceneName = 'storm' | 'sick' | 'stream';

/** `POST /api/lab/scene`, body `{ scene }`: answers and refuses as `POST /api/lab/herd` does. */
export interface SceneRequest {
  readonly scene: LabSceneName;
}

/**
 * `POST /api/lab/herd` answers at once, 409 while a herd or a scene is under way; event `lab` tells how it goes on.
 * `POST /api/lab/mood`, body `{ mood }`. `POST /api/lab/expire`, `POST /api/lab/reset`: no body. A reset ends either.
 */
export interface MoodRequest {
  readonly mood: ProviderMood;
}
