import type { ChildProcess } from 'node:child_process';
import { nextMessage } from '../messages.ts';
import type { FromProvider, Pace, ToProvider } from './provider.ts';
import { forkServer, type Server, startHoldfast, startPortkey } from './server.ts';
import { bodyOf, type Form, headers, methodOf, type Target } from './target.ts';

/** What is asked, in the order of the tables. */
export const contenderNames = ['direct', 'memory', 'reverse', 'portkey', 'bypass', 'holdfast'] as const;
export type ContenderName = (typeof contenderNames)[number];

/** Those that are processes of their own, beside the provider. */
export type Gateway = Exclude<ContenderName, 'direct' | 'bypass'>;
type Servers = Readonly<Record<Gateway | 'direct', Server>>;

const gateways: Readonly<Record<Gateway, (provider: number) => Promise<Server>>> = {
  memory: (provider) => forkServer('./memory-server.ts', String(provider)),
  reverse: (provider) => forkServer('./reverse-proxy.ts', String(provider)),
  portkey: () => startPortkey(),
  holdfast: (provider) => startHoldfast(provider),
};

/** The provider, and everybody who stands before it, each in a process of its own. */
export class Contenders implements AsyncDisposable {
  readonly #servers: Servers;
  readonly #provider: ChildProcess;

  private constructor(servers: Servers, provider: ChildProcess) {
    this.#servers = servers;
    this.#provider = provider;
  }

  static async start(): Promise<Contenders> {
    const direct = await forkServer('./provider.ts');
    const started: Server[] = [direct];
    try {
      const start = async (name: Gateway): Promise<Server> => {
        const server = await gateways[name](direct.port);
        started.push(server);
        return server;
      };
      const memory = await start('memory');
      const reverse = await start('reverse');
      const portkey = await start('portkey');
      const holdfast = await start('holdfast');
      return new Contenders({ direct, memory, reverse, portkey, holdfast }, direct.child);
    } catch (error) {
      await Promise.all(started.map((server) => server.stop()));
      throw error;
    }
  }

  /** Another one of these, which has served nobody yet; whoever asks for it stops it. */
  anew(name: Gateway): Promise<Server> {
    return gateways[name](this.#servers.direct.port);
  }

  /** From now on the provider answers so. */
  async answer(pace: Pace): Promise<void> {
    await this.#tell({ order: 'answer', pace });
  }

  /** Requests that have reached the provider since. */
  async count(): Promise<number> {
    return this.#tell({ order: 'count' });
  }

  server(name: ContenderName): Server {
    return this.#servers[name === 'bypass' ? 'holdfast' : name];
  }

  /** @param port of another one than that of the start */
  target(name: ContenderName, form: Form, question: string, port = this.server(name).port): Target {
    const method = methodOf(form);
    const body = bodyOf(question);
    switch (name) {
      case 'portkey':
        return { port, path: `/v1/${method}`, headers: { ...headers, ...this.#portkeyHeaders() }, body };
      case 'holdfast':
        return { port, path: `/gemini/v1beta/${method}`, headers, body };
      case 'bypass':
        return {
          port,
          path: `/gemini/v1beta/${method}`,
          headers: { ...headers, 'holdfast-cache': 'bypass' },
          body,
        };
      default:
        return { port, path: `/v1beta/${method}`, headers, body };
    }
  }

  /** Its cache is asked for: what is published has none, and says `x-portkey-cache-status: DISABLED`. */
  #portkeyHeaders(): Record<string, string> {
    return {
      'x-portkey-config': JSON.stringify({ provider: 'google', cache: { mode: 'simple' } }),
      'x-portkey-custom-host': `http://127.0.0.1:${this.#servers.direct.port}/v1beta`,
      'x-portkey-forward-headers': 'x-goog-api-key',
    };
  }

  async #tell(what: ToProvider): Promise<number> {
    const answer = nextMessage<FromProvider>(this.#provider);
    this.#provider.send(what);
    const said = await answer;
    return 'calls' in said ? said.calls : 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.#servers).map((server) => server.stop()));
  }
}
