import type { ChildProcess } from 'node:child_process';
import { nextMessage } from '../messages.ts';
import type { FromProvider, Pace, ToProvider } from './provider.ts';
import { forkServer, type Server, startHoldfast, startPortkey } from './server.ts';
import { bodyOf, type Form, headers, methodOf, type Target } from './target.ts';

/** What is asked, in the order of the tables. */
export const contenderNames = ['direct', 'memory', 'reverse', 'portkey', 'bypass', 'holdfast'] as const;
export type ContenderName = (typeof contenderNames)[number];

type Servers = Readonly<Record<Exclude<ContenderName, 'bypass'>, Server>>;

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
      const keep = async <S extends Server>(starting: Promise<S>): Promise<S> => {
        const server = await starting;
        started.push(server);
        return server;
      };
      const memory = await keep(forkServer('./memory-server.ts', String(direct.port)));
      const reverse = await keep(forkServer('./reverse-proxy.ts', String(direct.port)));
      const portkey = await keep(startPortkey());
      const holdfast = await keep(startHoldfast(direct.port));
      return new Contenders({ direct, memory, reverse, portkey, holdfast }, direct.child);
    } catch (error) {
      await Promise.all(started.map((server) => server.stop()));
      throw error;
    }
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

  target(name: ContenderName, form: Form, question: string): Target {
    const { port } = this.server(name);
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
