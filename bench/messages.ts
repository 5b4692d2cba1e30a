import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What a process says next. Rejects where it ends instead. */
export async function nextMessage<T>(child: ChildProcess): Promise<T> {
  const answered = new AbortController();
  const { signal } = answered;
  const ended = once(child, 'exit', { signal }).then(([code, by]) => {
    throw new Error(`the process has ended (${code ?? by}) without an answer`);
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message as T;
  } finally {
    answered.abort();
  }
}
