import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** What came back for one request; times are milliseconds from its sending. */
export interface Answer {
  readonly status: number;
  /** Of the body, as it is on the wire. */
  readonly bytes: number;
  readonly firstByte: number;
  readonly lastByte: number;
}

/** A request as it is on the wire: HTTP/1.1 over a kept connection. */
export function requestBytes(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Buffer {
  const all = { host: `127.0.0.1:${port}`, ...headers, 'content-length': Buffer.byteLength(body) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

const endOfHead = Buffer.from('\r\n\r\n');
const endOfChunks = '0\r\n\r\n';

/**
 * One kept connection, on a bare socket: a client of Node's own takes more time than what is measured, and would be in
 * every number. Reads what a well-behaved server sends, and no more.
 */
export class Connection {
  readonly #socket: Socket;
  #receive: (part: Buffer) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (part: Buffer) => this.#receive(part));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Connection(socket)));
      socket.once('error', reject);
    });
  }

  /** One at a time. Rejects where the connection breaks. */
  ask(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const start = performance.now();
      let head: Buffer | undefined = Buffer.alloc(0);
      let status = 0;
      let length: number | undefined;
      let tail = '';
      let bytes = 0;
      let firstByte = 0;
      const finish = () => {
        this.#receive = () => undefined;
        this.#fail = () => undefined;
        resolve({ status, bytes, firstByte, lastByte: performance.now() - start });
      };
      const read = (part: Buffer) => {
        if (part.length === 0) return;
        if (bytes === 0) firstByte = performance.now() - start;
        bytes += part.length;
        if (length !== undefined) {
          if (bytes >= length) finish();
          return;
        }
        // No JSON ends like that, so this is the end of the last chunk.
        tail = (tail + part.toString('latin1', Math.max(0, part.length - endOfChunks.length))).slice(-5);
        if (tail === endOfChunks) finish();
      };
      this.#fail = reject;
      this.#receive = (part) => {
        if (head === undefined) return read(part);
        head = head.length === 0 ? part : Buffer.concat([head, part]);
        const end = head.indexOf(endOfHead);
        if (end < 0) return;
        const text = head.toString('latin1', 0, end);
        const body = head.subarray(end + endOfHead.length);
        head = undefined;
        status = Number(text.slice(9, 12));
        const given = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
        length = given === undefined ? undefined : Number(given);
        read(body);
      };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
