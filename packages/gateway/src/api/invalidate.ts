/** `POST /api/invalidate`, body `{ path }` or `{ kind }`. */
export interface InvalidateAnswer {
  readonly count: number;
}
