import assert from 'node:assert/strict';
import { unpack } from '../../stores/envelope.ts';
import { means } from '../../stores/matching.ts';
import type { NewRecord, StoredRecord, StoreSelector } from '../../stores/store.ts';

/** When a call began, and when its answer came; undefined while there is none, or only an error. */
interface Span {
  readonly from: number;
  to: number | undefined;
}

/** A value that was handed to a store. */
interface Version extends Span {
  readonly record: NewRecord;
  /** The lease that it was made under; undefined for a set. */
  readonly token: number | undefined;
  /** From when on it is out of date by whatever is done then: the claim was granted, or the set was over. */
  began: number;
}

interface Deed extends Span {
  readonly selector: StoreSelector;
  /** Of an expiry. */
  readonly at?: number;
}

/**
 * What was done to a store, in the order in which it was seen from outside, to hold against what is read. Only what was
 * acknowledged before a read began counts, and only against what had begun before it was asked for.
 */
export class History {
  readonly #versions = new Map<string, Version>();
  readonly #invalidations: Deed[] = [];
  readonly #expiries: Deed[] = [];
  /** By hash, each lease that was granted, and what the key held then. */
  readonly #leases = new Map<
    string,
    { readonly token: number; readonly at: number; readonly held: Version | undefined }[]
  >();
  #now = 0;

  now(): number {
    this.#now += 1;
    return this.#now;
  }

  granted(hash: string, token: number, held: StoredRecord | undefined): void {
    const leases = this.#leases.get(hash) ?? [];
    this.#leases.set(hash, leases);
    assert.ok(
      leases.every((lease) => lease.token < token),
      'tokens of a key grow',
    );
    leases.push({
      token,
      at: this.now(),
      held: held === undefined ? undefined : this.#versionOf(hash, held),
    });
  }

  committing(record: NewRecord, token: number | undefined, began: number): Version {
    const version: Version = { record, token, began, from: this.now(), to: undefined };
    this.#versions.set(contentOf(record.envelope) ?? assert.fail('the envelope is sound'), version);
    return version;
  }

  committed(version: Version): void {
    version.to = this.now();
    const taken = this.#leases
      .get(version.record.hash)
      ?.some(({ token, at }) => token > (version.token ?? token) && at < version.from);
    assert.ok(!taken, 'nothing is committed under a lease that somebody else has taken');
  }

  /** @returns what to call when it was acknowledged */
  invalidating(selector: StoreSelector): () => void {
    return this.#doing(this.#invalidations, { selector, from: this.now(), to: undefined });
  }

  expiring(selector: StoreSelector, at: number): () => void {
    return this.#doing(this.#expiries, { selector, at, from: this.now(), to: undefined });
  }

  /** Holds a record against everything that was acknowledged before its reading began. */
  read(hash: string, found: StoredRecord | undefined, from: number): void {
    if (found === undefined) return;
    const version = this.#versionOf(hash, found);
    if (version === undefined) return;
    const { record, began, token } = version;
    const overtook = ({ from: asked, to }: Span) => asked > began && to !== undefined && to < from;
    assert.ok(
      !this.#invalidations.some((deed) => overtook(deed) && means(deed.selector, record)),
      'nothing is read that was invalidated after it began',
    );
    const sets = [...this.#versions.values()].filter(
      (other) => other.token === undefined && other.record.hash === hash,
    );
    assert.ok(!sets.some((other) => other !== version && overtook(other)), 'what was set stays');
    for (const lease of this.#leases.get(hash) ?? []) {
      const late: boolean =
        token !== undefined && lease.token > token && lease.at < from && lease.held !== version;
      assert.ok(!late, 'a lease that was taken over commits nothing');
    }
    for (const expiry of this.#expiries) {
      if (!overtook(expiry) || !means(expiry.selector, record)) continue;
      assert.ok(
        found.expiredAt !== undefined && found.expiredAt <= (expiry.at as number),
        'what was expired is aged',
      );
    }
  }

  /** Undefined if the bytes are damaged. */
  #versionOf(hash: string, { envelope }: StoredRecord): Version | undefined {
    const content = contentOf(envelope);
    if (content === undefined) return undefined;
    const version = this.#versions.get(content);
    assert.ok(
      version !== undefined && version.record.hash === hash,
      'what is read was committed under its hash',
    );
    return version;
  }

  #doing(deeds: Deed[], deed: Deed): () => void {
    deeds.push(deed);
    return () => {
      deed.to = this.now();
    };
  }
}

/** The key and the value of a record, which no other record has; undefined if the bytes are damaged. */
function contentOf(envelope: Uint8Array): string | undefined {
  const unpacked = unpack(envelope, { maxBytes: 1e6 });
  if (!unpacked.ok) return undefined;
  const { key, variants } = unpacked.record;
  return `${key.digest} ${Buffer.from(variants[0]?.value.bytes ?? []).toString('hex')}`;
}
