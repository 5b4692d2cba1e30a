import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { basename } from 'node:path';
import type { ServerEvents, Status } from '../api/index.ts';
import { isProxied, type ProviderProxy } from '../proxy/index.ts';
import type { FolderEvents, FolderService } from '../service/index.ts';
import { checkSource, Token } from './access.ts';
import { secure, send, sendJson, sendRefusal } from './answer.ts';
import { hasUnreadBody } from './body.ts';
import { Broadcast } from './broadcast.ts';
import { listen } from './listen.ts';
import { type PageFile, readPageFiles } from './page-files.ts';
import { Refusal, refusalOf } from './refusal.ts';
import { type Api, type LabControl, type Route, routes } from './routes.ts';

export interface ServerOptions {
  readonly service: FolderService;
  readonly lab: LabControl & {
    listen(listener: (state: ReturnType<LabControl['state']>) => void): () => void;
  };
  /** A new one unless given. */
  readonly token?: Token;
  /** What answers below /gemini; without it there is nothing. */
  readonly proxy?: ProviderProxy | undefined;
  readonly version: string;
  /** File URL of the folder with the built page. */
  readonly page: URL;
  /** Of 127.0.0.1; without one the default port or the next free one. */
  readonly port: number | undefined;
  /** What no answer tells: errors of the server itself. */
  readonly onError: (error: unknown) => void;
}

export interface RunningServer {
  readonly port: number;
  readonly token: string;
  /** With the token in its fragment, which a browser does not send. */
  readonly url: string;
  /** Ends event streams at once, gives other answers a second, and frees the port. */
  close(): Promise<void>;
}

/** Answers under way have this long when the server is closed. */
const drainMs = 1_000;
/** How often connections are held against the limits below: without it they hold to half a minute. */
const connectionsCheckingInterval = 2_000;

/** Of what the service tells, what everybody who listens to `/api/events` hears. */
const broadcasted: ReadonlySet<keyof FolderEvents> = new Set([
  'outline',
  'edit',
  'watching',
  'refresh',
] satisfies (keyof FolderEvents & keyof ServerEvents)[]);

/** Serves the page and the API on loopback. @throws PortError */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { service, lab, token = new Token(), proxy } = options;
  const pages = readPageFiles(options.page);
  const status = (): Status => ({
    version: options.version,
    folder: basename(service.workspace.root),
    nodeVersion: process.versions.node,
    ...service.state(),
  });
  const broadcast = new Broadcast({ status, stats: () => service.stats(), lab: () => lab.state() });
  const api: Api = { service, lab, broadcast, status };
  let port = 0;

  const server = createServer({ connectionsCheckingInterval }, (request, response) => {
    if (proxy !== undefined && isProxied(request.url ?? ''))
      return void proxy.answer(request, response, port);
    secure(response);
    answer(request, response).catch((error: unknown) => {
      // Who asked has gone before the end of the body: nobody's error, and nobody to tell.
      if (error === request.errored) return;
      const refusal = refusalOf(error);
      if (refusal.status === 500) options.onError(error);
      if (response.headersSent) return void response.destroy();
      // What is left of its body is not read: the connection ends with the answer.
      if (hasUnreadBody(request)) response.setHeader('Connection', 'close');
      sendRefusal(response, refusal);
    });
  });
  // Against clients that hold connections open by sending slowly. Answers are not bound by these, however long they stream.
  server.headersTimeout = 10_000;
  server.requestTimeout = 60_000;
  // A thousand who follow one stream have a connection each. Whoever is over this is cut off at once.
  server.maxConnections = 4_096;
  // Clients that keep connections for their next call do so for about a minute; who hangs up first loses none of them.
  server.keepAliveTimeout = 65_000;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '';
    if (!target.startsWith('/')) throw new Refusal(400, 'E_TARGET', 'a request names a path of this server');
    const [path = '', query = ''] = splitOnce(target, '?');
    const isApi = path.startsWith('/api/');
    checkSource(request, port, isApi ? 'api' : 'page');
    if (isProxied(path)) throw new Refusal(404, 'E_ROUTE', 'this server was started without the proxy');
    if (isApi) return answerApi(request, response, path, new URLSearchParams(query));
    if (path === '/livez') return answerHealth(request, response, 'alive');
    if (path === '/readyz') return answerHealth(request, response, await service.readiness());
    answerPage(request, response, path);
  }

  async function answerApi(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
  ): Promise<void> {
    const route = routes.get(path);
    if (route === undefined) throw new Refusal(404, 'E_ROUTE', 'there is no such route');
    allow(request, route.method);
    token.check(request);
    checkQuery(route, query);
    const value = await route.handle(api, { request, response, query });
    if (value !== undefined) sendJson(response, 200, value);
  }

  function answerHealth(request: IncomingMessage, response: ServerResponse, status: string): void {
    allow(request, 'GET', 'HEAD');
    sendJson(response, status === 'alive' || status === 'ready' ? 200 : 503, { status });
  }

  function answerPage(request: IncomingMessage, response: ServerResponse, path: string): void {
    allow(request, 'GET', 'HEAD');
    const file: PageFile | undefined = pages.get(path);
    if (file === undefined) {
      throw new Refusal(404, 'E_ROUTE', path === '/' ? 'the page is not built' : 'there is no such page');
    }
    send(response, 200, file.type, file.body);
  }

  const stopListening = [
    service.listen((name, data) => {
      if (broadcasted.has(name)) broadcast.send(name as keyof ServerEvents, data as never);
    }),
    lab.listen((state) => broadcast.send('lab', state)),
  ];
  port = await listen(server, options.port);
  server.on('error', options.onError);

  return {
    port,
    token: token.text,
    url: `http://127.0.0.1:${port}/#token=${token.text}`,
    close: async () => {
      for (const stop of stopListening) stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      broadcast.close();
      const forced = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(forced);
    },
  };
}

/** Methods are allowed by name: a list of forbidden ones is always short of one. @throws Refusal 405 */
function allow(request: IncomingMessage, ...methods: readonly string[]): void {
  if (methods.includes(request.method ?? '')) return;
  throw new Refusal(405, 'E_METHOD', `this route takes ${methods.join(' or ')}`, {
    Allow: methods.join(', '),
  });
}

/** Unknown parameters are refused, a token above all: addresses end up in logs. @throws Refusal 400 */
function checkQuery({ query: needed = [], optional = [] }: Route, query: URLSearchParams): void {
  const given = [...query.keys()];
  const once = new Set(given).size === given.length;
  const known = given.every((name) => needed.includes(name) || optional.includes(name));
  if (once && known && needed.every((name) => query.has(name))) return;
  const wanted = [...needed, ...optional.map((name) => `${name} (if you like)`)].join(', ') || 'none';
  throw new Refusal(400, 'E_QUERY', `parameters in the address of this route, each once: ${wanted}`);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
