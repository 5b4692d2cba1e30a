import type { Exchange, Form } from './exchange.ts';
import type { Provider } from './provider.ts';

/** An answer as it is sent. */
export interface Sendable {
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Characters. Shorter ones are made anew sooner than they are found. */
const long = 65_536;

interface Sent {
  readonly type: string;
  readonly bytes: WeakRef<Uint8Array>;
}

const sent = new WeakMap<Exchange, Map<Form, Sent>>();

/**
 * The bytes of a whole answer in a form. Those of a long one are there once however many it is being sent to, and no longer than
 * that: a thousand who read slowly would else hold a copy each, which no bound of the cache counts.
 */
export function sendable(provider: Provider, value: Exchange, form: Form): Sendable {
  const isLong = value.body.length >= long;
  const before = isLong ? sent.get(value)?.get(form) : undefined;
  const shared = before?.bytes.deref();
  if (before !== undefined && shared !== undefined) return { type: before.type, bytes: shared };
  const { type, body } = value.form === form ? value : provider.write(value, form);
  const bytes = Buffer.from(body);
  if (isLong) {
    const forms = sent.get(value) ?? new Map<Form, Sent>();
    sent.set(value, forms.set(form, { type, bytes: new WeakRef(bytes) }));
  }
  return { type, bytes };
}
