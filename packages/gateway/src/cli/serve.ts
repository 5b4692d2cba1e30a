import { resolve } from 'node:path';
import type { Watching } from '../api/index.ts';
import { counted } from '../counted.ts';
import { codeOf } from '../error-code.ts';
import { Lab } from '../lab/index.ts';
import { geminiGuard, geminiProxy, proxyPath } from '../proxy/index.ts';
import { PortError, type RunningServer, startServer } from '../server/index.ts';
import { type FolderEvents, type FolderListener, FolderService } from '../service/index.ts';
import { openStore } from '../store/index.ts';
import { watchingLine } from '../watching-line.ts';
import { announce } from './announcement.ts';
import { parseArguments, parsePort } from './arguments.ts';
import { type Display, displayFor } from './display.ts';
import { CommandError, exitCode } from './exit-code.ts';
import { failureText } from './failure-text.ts';
import { type GeminiAccess, geminiAccess, geminiOptions } from './gemini-access.ts';
import { proxyChoice, proxyOptions, tokenFrom } from './proxy-options.ts';
import { checkFolder } from './served-folder.ts';
import { stopSignal } from './stop-signal.ts';
import { storeChoice, storeOptions } from './store-options.ts';
import { summariesBy, summaryOptions } from './summary-options.ts';
import { packageVersion } from './version.ts';

/** Everything is closed within this time after a signal, or the process ends without. */
const closeMs = 2_000;

/** `holdfast serve [folder]`: runs until a signal. */
export async function serve(args: readonly string[]): Promise<number> {
  const types = {
    port: { type: 'string' },
    poll: { type: 'boolean' },
    ...storeOptions,
    ...geminiOptions,
    ...proxyOptions,
    ...summaryOptions,
  } as const;
  const parsed = parseArguments('serve', args, types, 1);
  const { options, positionals } = parsed;
  const choice = storeChoice('serve', parsed);
  const port = options.port === undefined ? undefined : parsePort('serve', String(options.port));
  const access = geminiAccess('serve', parsed, process.env);
  const { isOn, limits, maxBody } = proxyChoice('serve', parsed);
  const token = tokenFrom(process.env);
  const guard = geminiGuard(limits);
  const summaries = summariesBy('serve', parsed, access, process.env, guard);
  const given = positionals[0] ?? '.';
  await checkFolder(given);

  const display = displayFor(process.stdout, process.env);
  const onError = (error: unknown) => process.stderr.write(`holdfast: ${failureText(error)}\n`);
  const version = packageVersion();
  const stopped = stopSignal();
  // As any program whose reader has left: whoever started it in a pipe must not be left with a server.
  process.stdout.on('error', () => stopped.stop());
  const root = resolve(given);
  const opened = await openStore(root, choice, true);
  const service = await FolderService.open(root, opened, options.poll === true ? 'poll' : true, summaries);
  const lab = new Lab(onError);
  const { apiKey, upstream } = access;
  const { cache } = service;
  const proxy = isOn
    ? geminiProxy({ cache, upstream, ownKey: apiKey?.key, token, guard, maxBody, onError })
    : undefined;
  const closeAll = async (server?: RunningServer) => {
    // The cache gives what is under way its time, and then ends it.
    await Promise.all([server?.close(), service.close(), lab[Symbol.asyncDispose]()]);
    await guard.close();
  };
  service.listen(narrator(display, service));
  let server: RunningServer;
  try {
    const page = new URL('../page/', import.meta.url);
    server = await startServer({ service, lab, token, proxy, version, page, port, onError });
  } catch (error) {
    await closeAll();
    if (error instanceof PortError) throw new CommandError(exitCode.port, error.message);
    throw error;
  }
  if (isItself(server, access)) {
    await closeAll(server);
    throw new CommandError(exitCode.usage, 'the upstream of Gemini is this server itself: give another one');
  }
  const { takeBack, unheard } = tellOthers(service.workspace.root, server);
  // A folder that cannot be written is one trouble, and one line.
  const troubles = [opened.warning, unheard, apiKey?.warning].filter((trouble) => trouble !== undefined);
  if (troubles.length > 0) display.line(`warning: ${troubles.join(', and ')}`);
  display.line(`holdfast ${version} serves ${service.workspace.root}`);
  display.line(`open ${server.url}`);
  if (proxy !== undefined) display.line(describeProxy(server, access));

  let code: number = exitCode.ok;
  const reading = service.read().catch((error: unknown) => {
    if (codeOf(error) === 'E_CLOSED') return;
    onError(error);
    code = exitCode.failed;
    stopped.stop();
  });
  const why = await stopped.wait();
  if (why !== undefined) display.line(`${why}: closing`);
  const forced = setTimeout(() => {
    process.stderr.write(`holdfast: not closed within ${closeMs / 1_000} s: ended\n`);
    process.exit(exitCode.failed);
  }, closeMs);
  takeBack();
  await closeAll(server);
  await reading;
  clearTimeout(forced);
  stopped.end();
  display.line('closed');
  return code;
}

/** A request would be handed on to itself. */
function isItself({ port }: RunningServer, { upstream }: GeminiAccess): boolean {
  return upstream?.isLoopback === true && new URL(upstream.baseUrl).port === String(port);
}

/** Where a client finds it, and with which keys. */
function describeProxy({ port }: RunningServer, { apiKey, upstream }: GeminiAccess): string {
  const place = `GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:${port}${proxyPath}`;
  const own = apiKey === undefined ? '' : ` (or with the token in its place, for ${apiKey.from})`;
  return `${upstream?.baseUrl ?? 'Gemini'} through the cache: ${place} with your API key${own}`;
}

/** Where the folder cannot be written, everything but the commands that ask a server works all the same. */
function tellOthers(root: string, { port, token }: RunningServer): { takeBack(): void; unheard?: string } {
  try {
    const takeBack = announce(root, { port, token, pid: process.pid, startedAt: Date.now() });
    process.once('exit', takeBack);
    return { takeBack };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const unheard = `stats, why and symbol will not find this server (.holdfast/servers: ${code})`;
    return { takeBack: () => undefined, unheard };
  }
}

/** Tells the terminal what the service does. */
function narrator(display: Display, service: FolderService): FolderListener {
  let told: Watching['state'] | undefined;
  return (name, data) => {
    tell(display, { name, data } as FolderEvent);
    if (name !== 'ready' && name !== 'watching') return;
    const { state, watching } = service.state();
    // What lies on the way to one of these takes a moment, and is shown by the page.
    const isWorthTelling = watching.state === 'LIVE' || watching.state === 'DEGRADED';
    if (state !== 'ready' || !isWorthTelling || watching.state === told) return;
    told = watching.state;
    display.line(watchingLine(watching));
  };
}

type FolderEvent = {
  [N in keyof FolderEvents]: { readonly name: N; readonly data: FolderEvents[N] };
}[keyof FolderEvents];

function tell(display: Display, event: FolderEvent): void {
  switch (event.name) {
    case 'progress': {
      const { outlined, files } = event.data;
      if (outlined === 0) display.line(`reading ${counted(files, 'source file')}`);
      display.progress(outlined, files);
      return;
    }
    case 'ready': {
      const { files, seconds, stored, estimatedTokens, leftOut } = event.data;
      const tokens = counted(estimatedTokens, 'token');
      const made = `${counted(files, 'outline')} and ${files === 1 ? 'its' : 'their'} symbol index`;
      const warm = stored === 0 ? '' : ` (${stored.toLocaleString('en-US')} stored)`;
      const ready = `ready: ${made} in ${seconds.toFixed(1)} s${warm}, of about ${tokens}`;
      display.line([ready, ...leftOut].join('; '));
      return;
    }
    case 'edit':
      display.line(event.data.sentence);
      return;
    case 'back':
      display.line(`the folder is there again: ${counted(event.data.files, 'source file')}`);
      return;
    case 'warning':
      display.line(`warning: ${event.data}`);
      return;
    default:
      return;
  }
}
