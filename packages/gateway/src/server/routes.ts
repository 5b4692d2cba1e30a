import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  HerdRequest,
  LabSceneName,
  LabState,
  MoodRequest,
  ProviderMood,
  SceneRequest,
  Status,
} from '../api/index.ts';
import { contextKinds, type FolderService } from '../service/index.ts';
import { only, readJson, refuseBody } from './body.ts';
import type { Broadcast } from './broadcast.ts';
import { Refusal } from './refusal.ts';

/** The lab, as the server needs it. */
export interface LabControl {
  state(): LabState;
  /** Rejects where it cannot start; resolves when the herd has started. @throws LabBusyError */
  herd(callers: number): Promise<LabState>;
  /** As `herd`. @throws LabBusyError */
  scene(name: LabSceneName): Promise<LabState>;
  mood(mood: ProviderMood): Promise<LabState>;
  expire(): Promise<LabState>;
  reset(): Promise<LabState>;
}

export interface Api {
  readonly service: FolderService;
  readonly lab: LabControl;
  readonly broadcast: Broadcast;
  readonly status: () => Status;
}

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** Answers with JSON, unless it returns undefined: it has then answered by itself. */
type Handler = (api: Api, call: Call) => unknown;

export interface Route {
  readonly method: 'GET' | 'POST';
  /** Names that the query must have, and those that it may have; no others. */
  readonly query?: readonly string[];
  readonly optional?: readonly string[];
  readonly handle: Handler;
}

const maxCallers = 10_000;
const maxSymbols = 1_000;
const scenes: readonly LabSceneName[] = ['storm', 'sick', 'stream'];
const moods: readonly ProviderMood[] = ['normal', 'slow', 'fail', 'hang', 'limited'];

/** Every route of the API, with the one method that it has: what is not listed here is refused. */
export const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/api/status', { method: 'GET', handle: ({ status }) => status() }],
  ['/api/stats', { method: 'GET', handle: ({ service }) => service.stats() }],
  ['/api/store', { method: 'GET', handle: async ({ service }) => (await service.stored()) ?? null }],
  ['/api/outlines', { method: 'GET', handle: ({ service }) => service.outlines() }],
  [
    '/api/outline',
    {
      method: 'GET',
      query: ['path'],
      handle: ({ service }, { query }) => service.outline(query.get('path') as string),
    },
  ],
  ['/api/summary', { method: 'GET', query: ['path'], optional: ['mode'], handle: summary }],
  [
    '/api/why',
    {
      method: 'GET',
      query: ['path'],
      handle: ({ service }, { query }) => service.why(query.get('path') as string),
    },
  ],
  ['/api/symbol', { method: 'GET', query: ['name'], optional: ['limit'], handle: symbol }],
  [
    '/api/events',
    {
      method: 'GET',
      handle: ({ broadcast }, { response }) => broadcast.join(response),
    },
  ],
  ['/api/refresh', { method: 'POST', handle: withoutBody(({ service }) => service.refresh()) }],
  ['/api/invalidate', { method: 'POST', handle: invalidate }],
  ['/api/lab', { method: 'GET', handle: ({ lab }) => lab.state() }],
  ['/api/lab/herd', { method: 'POST', handle: herd }],
  ['/api/lab/scene', { method: 'POST', handle: scene }],
  ['/api/lab/mood', { method: 'POST', handle: mood }],
  ['/api/lab/expire', { method: 'POST', handle: withoutBody(({ lab }) => lab.expire()) }],
  ['/api/lab/reset', { method: 'POST', handle: withoutBody(({ lab }) => lab.reset()) }],
]);

function withoutBody(handle: (api: Api) => unknown): Handler {
  return (api, { request }) => {
    refuseBody(request);
    return handle(api);
  };
}

function summary({ service }: Api, { query }: Call) {
  const mode = query.get('mode');
  if (mode === null || mode === 'cached') return service.summary(query.get('path') as string, mode === null);
  throw new Refusal(400, 'E_QUERY', "mode must be 'cached', or left out");
}

function symbol({ service }: Api, { query }: Call) {
  const name = query.get('name') as string;
  const limit = query.get('limit') ?? '50';
  if (name === '') throw new Refusal(400, 'E_QUERY', 'name must be the name of a symbol, or its beginning');
  if (/^\d{1,4}$/.test(limit) && Number(limit) >= 1 && Number(limit) <= maxSymbols) {
    return service.symbol(name, Number(limit));
  }
  throw new Refusal(400, 'E_QUERY', `limit must be a whole number from 1 to ${maxSymbols}`);
}

async function invalidate({ service }: Api, { request }: Call) {
  const body = await readJson(request);
  if (typeof body.path === 'string') {
    only(body, 'path');
    return service.invalidate({ path: body.path });
  }
  if (typeof body.kind === 'string') {
    only(body, 'kind');
    if (contextKinds.includes(body.kind)) return service.invalidate({ kind: body.kind });
    const kinds = contextKinds.map((kind) => `'${kind}'`).join(', ');
    throw new Refusal(400, 'E_UNKNOWN_KIND', `there is no such kind: this server has ${kinds}`);
  }
  throw new Refusal(400, 'E_BODY', 'the body must be { "path": "src/a.ts" } or { "kind": "outline" }');
}

async function herd({ lab }: Api, { request }: Call) {
  const body = (await readJson(request)) as Partial<Record<keyof HerdRequest, unknown>>;
  only(body, 'callers');
  const { callers } = body;
  if (typeof callers === 'number' && Number.isInteger(callers) && callers >= 1 && callers <= maxCallers) {
    return lab.herd(callers);
  }
  throw new Refusal(400, 'E_BODY', `callers must be a whole number from 1 to ${maxCallers}`);
}

async function scene({ lab }: Api, { request }: Call) {
  const body = (await readJson(request)) as Partial<Record<keyof SceneRequest, unknown>>;
  only(body, 'scene');
  const wanted = scenes.find((one) => one === body.scene);
  if (wanted !== undefined) return lab.scene(wanted);
  throw new Refusal(400, 'E_BODY', `scene must be one of ${scenes.join(', ')}`);
}

async function mood({ lab }: Api, { request }: Call) {
  const body = (await readJson(request)) as Partial<Record<keyof MoodRequest, unknown>>;
  only(body, 'mood');
  const wanted = moods.find((one) => one === body.mood);
  if (wanted !== undefined) return lab.mood(wanted);
  throw new Refusal(400, 'E_BODY', `mood must be one of ${moods.join(', ')}`);
}
