import { resolve } from 'node:path';
import type { ErrorAnswer, Status } from '../api/index.ts';
import { type Announcement, announcements } from './announcement.ts';
import { CommandError, exitCode } from './exit-code.ts';

/** The server did not do what it was asked to, and says why. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** One that answers is there within this time. */
const presenceMs = 5_000;
/** Whatever it is asked may wait until it has read its folder. */
const answerMs = 600_000;

/** A server of a folder, which has answered just now. */
export class RunningServer {
  readonly #announcement: Announcement;

  constructor(announcement: Announcement) {
    this.#announcement = announcement;
  }

  /** The answer of a `GET`. @throws RefusedError, or CommandError where there is none any more */
  async get<T>(path: string, query: Readonly<Record<string, string>> = {}): Promise<T> {
    const { port } = this.#announcement;
    const parameters = new URLSearchParams(query).toString();
    const target = parameters === '' ? path : `${path}?${parameters}`;
    const reply = await ask(this.#announcement, target, answerMs);
    if (reply === undefined)
      throw new CommandError(exitCode.failed, `the server on port ${port} does not answer any more`);
    if (reply.ok) return reply.body as T;
    const { error } = (reply.body ?? {}) as Partial<ErrorAnswer>;
    throw new RefusedError(
      error?.code ?? 'E_INTERNAL',
      error?.message ?? `the server on port ${port} answers nonsense`,
    );
  }
}

/** The newest server that runs for a folder. @returns undefined where nobody listens any more, or somebody else does */
export async function findServer(folder: string): Promise<RunningServer | undefined> {
  for (const announcement of announcements(resolve(folder))) {
    const reply = await ask(announcement, '/api/status', presenceMs);
    const { version, state } = (reply?.ok === true ? (reply.body as Partial<Status> | null) : null) ?? {};
    if (typeof version === 'string' && typeof state === 'string') return new RunningServer(announcement);
  }
  return undefined;
}

export function noServer(folder: string): CommandError {
  return new CommandError(
    exitCode.noServer,
    `no server is running for ${JSON.stringify(folder)}: start one with holdfast serve`,
  );
}

/** @returns undefined where there is no answer, or one that is no JSON */
async function ask(
  { port, token }: Announcement,
  target: string,
  timeoutMs: number,
): Promise<{ readonly ok: boolean; readonly body: unknown } | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${target}`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body: unknown = await response.json();
    return { ok: response.ok, body };
  } catch {
    // Refused, silent or no JSON: a server that was killed could not take back what it had told.
    return undefined;
  }
}
