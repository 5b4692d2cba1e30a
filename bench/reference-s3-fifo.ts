/**
 * S3-FIFO as in the paper, with an exact ghost queue, written independently of the engine and for no purpose but to
 * tell what the engine's approximations cost. (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache
 * eviction", SOSP 2023.)
 */
export function referenceS3Fifo(ids: Uint32Array, unique: number, capacity: number): number {
  const [absent, inSmall, inMain, inGhost] = [0, 1, 2, 3];
  const where = new Uint8Array(unique);
  const frequency = new Uint8Array(unique);
  const small = new Queue();
  const main = new Queue();
  const ghost = new Queue();
  const smallCapacity = Math.max(1, Math.floor(capacity / 10));
  const ghostCapacity = capacity - smallCapacity;
  /** How often an id stands in the ghost queue: one that left it early may stand there twice. */
  const ghosts = new Uint16Array(unique);
  let hits = 0;

  const evictMain = (): void => {
    for (;;) {
      const id = main.shift();
      const times = frequency[id] as number;
      if (times === 0) {
        where[id] = absent;
        return;
      }
      frequency[id] = times - 1;
      main.push(id);
    }
  };
  const remember = (id: number): void => {
    where[id] = inGhost;
    ghosts[id] = (ghosts[id] as number) + 1;
    ghost.push(id);
    if (ghost.size <= ghostCapacity) return;
    const oldest = ghost.shift();
    ghosts[oldest] = (ghosts[oldest] as number) - 1;
    if (where[oldest] === inGhost && ghosts[oldest] === 0) where[oldest] = absent;
  };
  const evict = (): void => {
    while (small.size >= smallCapacity || main.size === 0) {
      if (small.size === 0) break;
      const id = small.shift();
      if ((frequency[id] as number) === 0) {
        remember(id);
        return;
      }
      where[id] = inMain;
      frequency[id] = 0;
      main.push(id);
    }
    evictMain();
  };

  for (const id of ids) {
    const place = where[id];
    if (place === inSmall || place === inMain) {
      hits += 1;
      if ((frequency[id] as number) < 3) frequency[id] = (frequency[id] as number) + 1;
      continue;
    }
    if (small.size + main.size >= capacity) evict();
    // Evicting may have pushed this very id out of the ghosts; the paper looks first.
    const back = place === inGhost;
    frequency[id] = 0;
    where[id] = back ? inMain : inSmall;
    (back ? main : small).push(id);
  }
  return hits / ids.length;
}

/** A queue of ids in a growing ring. */
class Queue {
  #ring = new Uint32Array(1024);
  #head = 0;
  size = 0;

  push(id: number): void {
    if (this.size === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.size) & (this.#ring.length - 1)] = id;
    this.size += 1;
  }

  shift(): number {
    if (this.size === 0) throw new RangeError('the queue is empty');
    const id = this.#ring[this.#head] as number;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.size -= 1;
    return id;
  }

  #grow(): void {
    const grown = new Uint32Array(this.#ring.length * 2);
    for (let i = 0; i < this.size; i++) {
      grown[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)] as number;
    }
    this.#ring = grown;
    this.#head = 0;
  }
}
