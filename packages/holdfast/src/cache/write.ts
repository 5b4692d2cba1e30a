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

/** Puts a checked value in memory, in place of what is kept, and of what is being made. */
export function put(
  partition: Partition,
  id: KeyId,
  value: unknown,
  { tags, ttl }: SetWishes,
  trace: Trace = emptyTrace,
): Promise<Acknowledgement> {
  const { engine, policy } = partition;
  if (engine.bypassed) return notPersisted;
  const weight = weightOf(partition, id, value);
  engine.writes += 1;
  const overtaken = partition.overtake(id, 'set');
  try {
    commit(partition, id, {
      value,
      weight,
      madeAt: engine.horizon.recent(),
      ttl: ttl ?? policy.ttl,
      expired: false,
      cost: free,
      tags,
      trace,
      origin: undefined,
      by: 'set',
    });
  } finally {
    overtaken?.generation.abandonIfUnwanted();
  }
  return engine.tier === undefined ? notPersisted : acknowledged(engine.tier.persist(partition, id));
}

async function acknowledged(persisting: Promise<boolean>): Promise<Acknowledgement> {
  return { persisted: await persisting };
}

/**
 * The trace of a value that was made from these files.
 * Rejects with E_NO_WORKSPACE, E_PATH, E_OUTSIDE_ROOT, E_FILE_ABSENT, E_NOT_A_FILE, E_FILE_TOO_LARGE, E_FILE_UNREADABLE.
 */
export async function traceOfFiles(engine: Engine, files: NonNullable<SetOptions['files']>): Promise<Trace> {
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
