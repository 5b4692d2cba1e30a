import type {
  EnvironmentDependency,
  GlobOptions,
  KeyDependency,
  SourceDependency,
} from '../model/dependency.ts';
import { Key } from '../model/key.ts';
import type { Trace } from '../model/trace.ts';
import { type ByteReader, Damage } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/*
 * A trace in formats 1 and 2, each noun's writing and reading side by side. The places of names in the lists below are
 * part of the format.
 */

const sourceTypes = ['file', 'exists', 'dir', 'glob'] as const;

export function writeTrace(writer: ByteWriter, { environment, sources, groups }: Trace): void {
  writer.count(environment.length);
  for (const { name, digest } of environment) {
    writer.text(name);
    writer.text(digest);
  }
  writer.count(sources.length);
  for (const source of sources) writeSource(writer, source);
  writer.count(groups.length);
  for (const group of groups) {
    writer.count(group.length);
    for (const { key, digest } of group) {
      writeKey(writer, key);
      writer.text(digest);
    }
  }
}

export function readTrace(reader: ByteReader): Trace {
  const environment = reader.list(
    2,
    (): EnvironmentDependency => ({ type: 'env', name: reader.text(), digest: reader.text() }),
  );
  const sources = reader.list(3, () => readSource(reader));
  const groups = reader.list(1, () =>
    reader.list(4, (): KeyDependency => ({ type: 'key', key: readKey(reader), digest: reader.text() })),
  );
  return { environment, sources, groups };
}

export function writeKey(writer: ByteWriter, { scope, kind, id }: Key): void {
  writer.text(scope);
  writer.text(kind);
  writer.text(id);
}

export function readKey(reader: ByteReader): Key {
  return new Key(reader.text(), reader.text(), reader.text());
}

function writeSource(writer: ByteWriter, source: SourceDependency): void {
  writer.byte(sourceTypes.indexOf(source.type));
  if (source.type === 'glob') {
    writer.text(source.pattern);
    writeGlobOptions(writer, source.options);
    writeTexts(writer, source.ignoreFiles);
  } else writer.text(source.path);
  writer.text(source.digest);
}

function readSource(reader: ByteReader): SourceDependency {
  const type = sourceTypes[reader.choice(sourceTypes.length)] as SourceDependency['type'];
  if (type !== 'glob') return { type, path: reader.text(), digest: reader.text() } as SourceDependency;
  const pattern = reader.text();
  const options = readGlobOptions(reader);
  return { type, pattern, options, ignoreFiles: readTexts(reader), digest: reader.text() };
}

export function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.count(texts.length);
  for (const text of texts) writer.text(text);
}

export function readTexts(reader: ByteReader): string[] {
  return reader.list(1, () => reader.text());
}

const given = { dot: 1, ignore: 2, unreadable: 4 } as const;
const saysDot = 8;
const saysLeaveOut = 16;

function writeGlobOptions(writer: ByteWriter, { dot, ignore, unreadable }: GlobOptions): void {
  writer.byte(
    (dot === undefined ? 0 : given.dot) |
      (ignore === undefined ? 0 : given.ignore) |
      (unreadable === undefined ? 0 : given.unreadable) |
      (dot ? saysDot : 0) |
      (unreadable === 'leave out' ? saysLeaveOut : 0),
  );
  if (ignore !== undefined) writeTexts(writer, ignore);
}

function readGlobOptions(reader: ByteReader): GlobOptions {
  const bits = reader.choice(saysLeaveOut * 2);
  const has = (bit: number) => (bits & bit) !== 0;
  if ((has(saysDot) && !has(given.dot)) || (has(saysLeaveOut) && !has(given.unreadable))) {
    throw new Damage('an option that was not given has a value');
  }
  return {
    ...(has(given.dot) ? { dot: has(saysDot) } : {}),
    ...(has(given.ignore) ? { ignore: readTexts(reader) } : {}),
    ...(has(given.unreadable) ? { unreadable: has(saysLeaveOut) ? 'leave out' : 'refuse' } : {}),
  };
}
