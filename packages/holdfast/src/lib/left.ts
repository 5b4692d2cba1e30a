/** The reason of what is ended because who asked for it has stopped reading. */
export function nobodyReadsOn(): DOMException {
  return new DOMException('nobody reads on', 'AbortError');
}
