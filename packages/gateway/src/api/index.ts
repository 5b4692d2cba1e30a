/**
 * What the server and the page say to each other: JSON, one type an answer. Times are milliseconds unless a name says
 * otherwise.
 *
 * Every request below `/api/` carries `Authorization: Bearer <token>`, `/api/events` included: the page reads it with
 * `fetch`, as an EventSource cannot send the header. The page finds the token in its own fragment (`#token=…`), keeps
 * it in its sessionStorage and takes it out of the address. There is no cookie: a browser sends the cookies of
 * 127.0.0.1 to every port of it, so whatever listens on another port would be handed ours.
 *
 * Bodies are JSON with `Content-Type: application/json`. An answer that is not 2xx is an `ErrorAnswer`.
 */

export type { EditCost, LastEdit, RefreshAnswer } from './edit.ts';
export type { ErrorAnswer } from './error-answer.ts';
export type { InvalidateAnswer } from './invalidate.ts';
export type { HerdRequest, LabSceneName, LabState, MoodRequest, SceneRequest } from './lab.ts';
export type { ProviderHealth, ProviderMood } from './lab-provider.ts';
export type { LabGuard, LabSide } from './lab-side.ts';
export type { LabStream } from './lab-stream.ts';
export type { OutlineAnswer, OutlineLine } from './outline.ts';
export type { ServerEvents } from './server-events.ts';
export type { StatsAnswer } from './stats.ts';
export type { Status } from './status.ts';
export type { StoreAnswer, StoreLine } from './store.ts';
export type { SummaryAnswer, SummaryOffer } from './summary.ts';
export type { SymbolAnswer, SymbolPlace } from './symbol.ts';
export type { Watching } from './watching.ts';
export type { WhyAnswer, WhyEntry } from './why.ts';
