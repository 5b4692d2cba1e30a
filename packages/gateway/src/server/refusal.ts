/** A request that is refused, and what its sender is told. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** Statuses of errors with a code that are the request's fault. Any other error is ours: 500, and nothing of it is told. */
const statusOf: Readonly<Record<string, number>> = {
  E_PATH: 400,
  E_SELECTOR: 400,
  E_UNKNOWN_KIND: 400,
  E_OUTSIDE_ROOT: 403,
  E_FILE_ABSENT: 404,
  E_NOT_LISTED: 404,
  E_NOT_A_FILE: 404,
  E_FILE_UNREADABLE: 422,
  E_LAB_BUSY: 409,
  E_CLOSED: 503,
  // In force in this server all the same; other processes are told when the store answers again.
  E_UNCONFIRMED: 503,
  E_STORE: 503,
  // The served folder is gone, or cannot be read any more.
  E_FOLDER_ROOT: 503,
  E_WORKSPACE_ROOT: 503,
};

/** What to answer when a handler failed. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (error instanceof Error && typeof code === 'string' && statusOf[code] !== undefined) {
    return new Refusal(statusOf[code], code, error.message);
  }
  return new Refusal(500, 'E_INTERNAL', 'the server failed at this request; its terminal says how');
}
