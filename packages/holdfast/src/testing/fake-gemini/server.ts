import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, SystemClock } from '../../lib/clock.ts';
import { HoldfastError } from '../../lib/errors.ts';
import { Account, type FakeGeminiStats } from './account.ts';
import { Call } from './call.ts';
import { Caller } from './caller.ts';
import { Gate } from './gate.ts';
import { type FakeGeminiLimits, Limits } from './limits.ts';
import { checkPrices, type PriceTable } from './price.ts';
import type { Reply } from './reply.ts';
import { type Latency, parseLatency, Script, type ScriptedStep } from './script.ts';

export interface FakeGeminiOptions {
  /** Of 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /** Before every answer; 0 unless said. A duration, or `{ first, perChunk }`. */
  readonly latency?: Latency;
  /** What the model says; made from a digest of the request unless said. */
  readonly reply?: Reply;
  /** List prices by model, for the dollars in `stats()`. */
  readonly price?: PriceTable;
  readonly limits?: FakeGeminiLimits;
  /** Longest body in bytes; 20,971,520 unless said, Gemini's own limit for a request with inline data. */
  readonly bodyLimit?: number;
  /** Times the latency and the minute of the limits; the clock of the process unless said. */
  readonly clock?: Clock;
}

/** A running fake. Everything that it has been told is forgotten by `reset()`; `close()` ends it. */
export interface FakeGemini extends AsyncDisposable {
  /** For the client's `httpOptions.baseUrl`, for example `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly port: number;
  /** What a `reply` function threw, the last ten. */
  readonly errors: readonly unknown[];
  /**
   * How the next calls go, one step for each in order of arrival; a call that the limits refuse takes none.
   * @throws E_OPTION, E_DURATION
   */
  next(...steps: readonly ScriptedStep[]): void;
  /** How every call goes that no step of `next()` is left for, until it is changed; `undefined` ends it. */
  always(step: ScriptedStep | undefined): void;
  /** Holds every call that comes from now on until the gate is released. @throws E_OPTION while another one holds. */
  hold(): Gate;
  /** Resolves once `count` well-formed calls have come since the start or the last reset. @throws E_CLOSED */
  received(count: number): Promise<void>;
  /** Resolves once no request is in flight. @throws E_CLOSED */
  idle(): Promise<void>;
  stats(): FakeGeminiStats;
  /** Ends the calls in flight and forgets script, gate, counts, errors and the minute of the limits. */
  reset(): void;
  /** Ends the connections, hanging ones too, and frees the port. */
  close(): Promise<void>;
}

/** Started herds of thousands connect at once; Linux drops what does not fit, and its client waits a second. */
const backlog = 4_096;
const keptErrors = 10;
const defaultBodyLimit = 20_971_520;

/**
 * Starts a fake Gemini on the loopback interface.
 * @throws E_OPTION, E_DURATION where an option is bad or the port is taken.
 */
export async function startFakeGemini(options: FakeGeminiOptions = {}): Promise<FakeGemini> {
  const { port = 0, bodyLimit = defaultBodyLimit, limits = {}, price } = options;
  checkWhole(port, 'port', 65_535);
  checkWhole(bodyLimit, 'bodyLimit', Number.MAX_SAFE_INTEGER);
  if (price !== undefined) checkPrices(price);
  const clock = options.clock ?? new SystemClock();
  const pace = parseLatency(options.latency ?? 0, 'latency');
  const script = new Script();
  const account = new Account(price);
  const errors: unknown[] = [];
  const callers = new Set<Caller>();
  const running = new Set<Promise<void>>();
  let gate: Gate | undefined;
  let enforced = new Limits(limits, clock);

  const server = createServer((request, response) => {
    const caller = new Caller(response, clock);
    const provider = {
      script,
      bodyLimit,
      pace,
      reply: options.reply,
      limits: enforced,
      get gate() {
        return gate;
      },
      failed: (error: unknown) => {
        errors.push(error);
        if (errors.length > keptErrors) errors.shift();
      },
    };
    callers.add(caller);
    const run = new Call(provider, account.arrive(), caller, response).run(request).finally(() => {
      callers.delete(caller);
      running.delete(run);
    });
    running.add(run);
  });
  // Longer than any test pauses: a client that reuses a connection just as its server closes it sees a reset.
  server.keepAliveTimeout = 120_000;
  const bound = await listen(server, port);
  const url = `http://127.0.0.1:${bound}`;
  let closing: Promise<void> | undefined;

  const dropAll = () => {
    for (const caller of callers) caller.drop();
  };
  const close = async (): Promise<void> => {
    account.close();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    dropAll();
    server.closeAllConnections();
    await closed;
    await Promise.all(running);
  };

  return {
    url,
    port: bound,
    errors,
    next: (...steps) => script.next(steps),
    always: (step) => script.always(step),
    hold: () => {
      if (gate !== undefined && !gate.open) {
        throw new HoldfastError('E_OPTION', 'hold() while calls are held already: release that gate first');
      }
      gate = new Gate();
      return gate;
    },
    received: (count) => account.received(count),
    idle: () => account.idle(),
    stats: () => account.snapshot(),
    reset: () => {
      dropAll();
      script.clear();
      gate = undefined;
      errors.length = 0;
      enforced = new Limits(limits, clock);
      account.reset();
    },
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}

function checkWhole(value: number, what: string, most: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return;
  throw new HoldfastError(
    'E_OPTION',
    `${what} must be a whole number from 0 to ${most}, not ${String(value)}`,
  );
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const message = `the fake Gemini cannot listen on port ${port} of 127.0.0.1 (${(cause as NodeJS.ErrnoException).code}): leave \`port\` out to get a free one`;
      reject(new HoldfastError('E_OPTION', message, { cause }));
    });
    server.listen({ host: '127.0.0.1', port, backlog }, resolve);
  });
  return (server.address() as AddressInfo).port;
}
