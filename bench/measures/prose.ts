import { seeded } from './material.ts';

const words =
  'the cache keeps what a file said until it says something else and then makes it anew for whoever asks '.split(
    ' ',
  );

/** A text of so many characters, another one for each seed; it compresses about as well as prose or code does. */
export function prose(length: number, seed: number): string {
  const random = seeded(seed + 1);
  const parts: string[] = [];
  let written = 0;
  while (written < length) {
    const word = `${words[Math.floor(random() * words.length)]}${Math.floor(random() * 1_000)} `;
    parts.push(word);
    written += word.length;
  }
  // Flat: what `join` makes of many parts is no rope.
  return parts.join('').slice(0, length);
}
