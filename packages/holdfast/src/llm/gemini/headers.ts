/**
 * What of a request is sent on. Not among it: keys (they are put in anew), cookies, addresses of the client (`forwarded`,
 * `x-forwarded-for`), trace headers, `accept-language` (no method of the API reads it), `x-goog-fieldmask` (it leaves
 * parts of the answer out, for everybody who shares it) and `x-http-method-override` (what it asks was never checked).
 */
export const requestHeaders: ReadonlySet<string> = new Set([
  'accept',
  'content-type',
  // A body that was packed by the client is passed on as it is.
  'content-encoding',
  // Google counts its clients by these two.
  'user-agent',
  'x-goog-api-client',
  // Who pays, where the key is a token of OAuth.
  'x-goog-user-project',
  // Routing within Google.
  'x-goog-request-params',
  // How long the client will wait: without it the provider ends long answers at a time of its own.
  'x-server-timeout',
  // An upload of the Files API begins, goes on and ends with these.
  'x-goog-upload-protocol',
  'x-goog-upload-command',
  'x-goog-upload-offset',
  'x-goog-upload-file-name',
  'x-goog-upload-header-content-length',
  'x-goog-upload-header-content-type',
]);

/**
 * What of an answer is handed back. Not among it: cookies, `alt-svc` (it would lead clients past the proxy), `server-timing`
 * and `date` (a kept answer would repeat a time that it did not take), `content-encoding` and lengths (`fetch` has unpacked it).
 */
export const responseHeaders: ReadonlySet<string> = new Set([
  'content-type',
  'retry-after',
  // The tier that answered, where a request asks for another than the standard one.
  'x-gemini-service-tier',
  // An upload of the Files API tells where it goes on, and how far it is.
  'x-goog-upload-url',
  'x-goog-upload-control-url',
  'x-goog-upload-status',
  'x-goog-upload-chunk-granularity',
  'x-goog-upload-size-received',
]);
