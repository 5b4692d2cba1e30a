import { sha256Bytes } from '../lib/canonical.ts';
import { type Duration, type Milliseconds, parseDuration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { Cost } from '../model/cost.ts';
import type { FileDependency } from '../model/dependency.ts';
import type { KeyId } from '../model/key.ts';
import type { Trace } from '../model/trace.ts';
import { emptyTrace } from '../trace/recorder.ts';
import { parseTags } from './call-options.ts';
import { commit, weightOf } from './commit.ts';
import type { Engine } from './engine.ts';
import { checkNames, demand } from './kind.ts';
import type { Partition } from './partition.ts';
import { PendingSet } from './pending-set.ts';
import { workspaceOf } from './source-reading.ts';

/** The options of `set`. */
export interface SetOptions {
  tags?: readonly string[];
  /** Over the kind's. */
  ttl?: Duration;
  /**
   * What the value was made from: it is fresh while these files are unchanged. Paths, whose files are hashed now; or the
   * bytes (or the UTF-8 text) that were read of each path, which alone is safe against an edit in between.
   */
  files?: readonly string[] | Readonly<Record<string, Uint8Array | string>>;
}

/** Whether a store has the write, too; false where there is none. */
export interface Acknowledgement {
  readonly persisted: boolean;
}

/** The options of `set`, parsed. */
export interface SetWishes {
  readonly tags: readonly string[];
  readonly ttl: Milliseconds | undefined;
  readonly files: SetOptions['files'];
}

/** Where there is no store; one promise serves every write. */
const notPersisted: Promise<Acknowledgement> = Promise.resolve({ persisted: false });
/** A value that the caller brought along. */
const free: Cost = { seconds: 0 };
export const noSetWishes: SetWishes = { tags: [], ttl: undefined, files: undefined };

/** What is known already of a value that is put in memory. */
export interface Put {
  readonly weight?: number;
  readonly trace?: Trace;
  /** Aged from the start. */
  readonly expired?: boolean;
}

/** Puts a checked value in memory, in place of what is kept, and of what is being made. */
export function put(
  partition: Partition,
  id: KeyId,
  value: unknown,
  { tags, ttl }: SetWishes,
  { weight, trace = emptyTrace, expired = false }: Put = {},
): Promise<Acknowledgement> {
  const { engine, policy } = partition;
  if (engine.bypassed) return notPersisted;
  const weighed = weight ?? weightOf(partition, id, value);
  engine.writes += 1;
  for (const pending of engine.pendingSets) {
    if (pending.partition === partition && pending.id === id) pending.overtaken = true;
  }
  const overtaken = partition.overtake(id, 'set');
  try {
    commit(partition, id, {
      value,
      weight: weighed,
      madeAt: engine.horizon.recent(),
      ttl: ttl ?? policy.ttl,
      expired,
      cost: free,
      tags,
      trace,
      origin: undefined,
      by: 'set',
    });
  } finally {
    overtaken?.generation.abandonIfUnwanted();
  }
  return engine.tier === undefined
    ? notPersisted
    : acknowledged(engine.tier.writer.persistSet(partition, id));
}

async function acknowledged(persisting: Promise<boolean>): Promise<Acknowledgement> {
  return { persisted: await persisting };
}

/**
 * `set` where the schema is asynchronous, or files have to be hashed: the value is frozen and weighed, and takes its place
 * among invalidations and other sets, at once; it is in memory when the rest is done, unless something has overtaken it.
 */
export async function putLater(
  partition: Partition,
  id: KeyId,
  value: unknown,
  wishes: SetWishes,
  checking: Promise<void> | undefined,
): Promise<Acknowledgement> {
  const { engine } = partition;
  const { files } = wishes;
  const weight = weightOf(partition, id, value);
  const paths = files === undefined ? [] : Array.isArray(files) ? files : Object.keys(files);
  const workspace = files === undefined ? undefined : workspaceOf(engine, "'files' of set");
  const names = paths.map((path: string) => workspace?.normalize(path) ?? path);
  const pending = new PendingSet(partition, id, wishes.tags, names);
  engine.pendingSets.add(pending);
  let trace: Trace | undefined;
  try {
    const hashing = files === undefined ? undefined : traceOfFiles(engine, files);
    [trace] = await Promise.all([hashing, checking]);
    engine.assertOpen();
  } finally {
    engine.pendingSets.delete(pending);
  }
  if (pending.overtaken) return { persisted: false };
  return put(partition, id, value, wishes, { weight, expired: pending.expired, ...(trace && { trace }) });
}

/**
 * The trace of a value that was made from these files.
 * Rejects with E_NO_WORKSPACE, E_PATH, E_OUTSIDE_ROOT, E_FILE_ABSENT, E_NOT_A_FILE, E_FILE_TOO_LARGE, E_FILE_UNREADABLE.
 */
async function traceOfFiles(engine: Engine, files: NonNullable<SetOptions['files']>): Promise<Trace> {
  const workspace = workspaceOf(engine, "'files' of set");
  const given: readonly (readonly [string, Uint8Array | string | undefined])[] = Array.isArray(files)
    ? files.map((path: string) => [path, undefined])
    : Object.entries(files);
  // All names first: a bad one must leave no hashing behind whose failure nobody looks at.
  const contents = new Map(given.map(([path, content]) => [workspace.normalize(path), content]));
  const sources = [...contents].map(([path, content]): FileDependency | Promise<FileDependency> =>
    content === undefined ? hashNow(workspace, path) : { type: 'file', path, digest: sha256Bytes(content) },
  );
  return { ...emptyTrace, sources: await Promise.all(sources) };
}

async function hashNow(workspace: ReturnType<typeof workspaceOf>, name: string): Promise<FileDependency> {
  const reading = await workspace.hash(name);
  if (reading.state === 'found') return reading.dependency;
  if (reading.state === 'refused') throw reading.error;
  throw new HoldfastError('E_FILE_ABSENT', `there is no file '${name}' in the workspace`, {
    cause: reading.cause,
  });
}

/** @throws E_OPTION, E_DURATION */
export function parseSetOptions(options: SetOptions): SetWishes {
  checkNames(options, { tags: true, ttl: true, files: true }, 'set');
  const { files } = options;
  if (files !== undefined) {
    const right = Array.isArray(files)
      ? files.every((path) => typeof path === 'string')
      : typeof files === 'object' && files !== null && Object.values(files).every(isContent);
    demand(right, "'files' of set", 'an array of paths, or an object of the bytes read by path', files);
  }
  return {
    tags: options.tags === undefined ? [] : parseTags(options.tags),
    ttl: options.ttl === undefined ? undefined : parseDuration(options.ttl, "'ttl' of set"),
    files,
  };
}

function isContent(content: unknown): boolean {
  return typeof content === 'string' || content instanceof Uint8Array;
}
