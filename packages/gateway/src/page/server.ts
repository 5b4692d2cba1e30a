import type {
  ErrorAnswer,
  HerdRequest,
  LabState,
  MoodRequest,
  OutlineAnswer,
  OutlineLine,
  RefreshAnswer,
  SceneRequest,
  SummaryAnswer,
  SymbolAnswer,
} from '../api/index.ts';

/** The server's answer was not one of success. */
export class RefusedError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Nobody answered at all. */
export class GoneError extends Error {
  constructor(cause: unknown) {
    super('the server does not answer', { cause });
  }
}

/** What the page asks of the server. Every call rejects with a sentence for the reader. */
export class Server {
  readonly #token: string | undefined;

  constructor(token: string | undefined) {
    this.#token = token;
  }

  outlines(): Promise<readonly OutlineLine[]> {
    return this.#json('GET', '/api/outlines');
  }

  outline(path: string, signal: AbortSignal): Promise<OutlineAnswer> {
    return this.#json('GET', `/api/outline?path=${encodeURIComponent(path)}`, undefined, signal);
  }

  /** @param mode `cached`: Gemini is not asked */
  summary(path: string, mode: 'cached' | undefined, signal: AbortSignal): Promise<SummaryAnswer> {
    const query = new URLSearchParams({ path, ...(mode !== undefined && { mode }) });
    return this.#json('GET', `/api/summary?${query}`, undefined, signal);
  }

  symbol(name: string, limit: number, signal: AbortSignal): Promise<SymbolAnswer> {
    const query = new URLSearchParams({ name, limit: String(limit) });
    return this.#json('GET', `/api/symbol?${query}`, undefined, signal);
  }

  refresh(): Promise<RefreshAnswer> {
    return this.#json('POST', '/api/refresh');
  }

  herd(request: HerdRequest): Promise<LabState> {
    return this.#json('POST', '/api/lab/herd', request);
  }

  scene(request: SceneRequest): Promise<LabState> {
    return this.#json('POST', '/api/lab/scene', request);
  }

  mood(request: MoodRequest): Promise<LabState> {
    return this.#json('POST', '/api/lab/mood', request);
  }

  expire(): Promise<LabState> {
    return this.#json('POST', '/api/lab/expire');
  }

  reset(): Promise<LabState> {
    return this.#json('POST', '/api/lab/reset');
  }

  /** The stream of server-sent events. `EventSource` cannot carry the token, so this is a plain request. */
  events(): Promise<Response> {
    return this.#fetch('GET', '/api/events');
  }

  async #json<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const response = await this.#fetch(method, path, body, signal);
    return (await response.json()) as T;
  }

  async #fetch(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = {};
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(path, {
      method,
      headers,
      cache: 'no-store',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    }).catch((error: unknown) => {
      // What `fetch` says of a server that is not there.
      throw error instanceof TypeError ? new GoneError(error) : error;
    });
    if (!response.ok)
      throw new RefusedError(response.status, reasonIn(await response.text(), response.status));
    return response;
  }
}

/** The sentence of an `ErrorAnswer`; what else may stand between server and page answers with plain text. */
export function reasonIn(body: string, status: number): string {
  const plain = body.trim().slice(0, 300) || `the server answered ${status}`;
  try {
    const { error } = JSON.parse(body) as Partial<ErrorAnswer>;
    return error?.message ?? plain;
  } catch {
    return plain;
  }
}
