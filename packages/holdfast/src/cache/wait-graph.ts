/**
 * Somebody who waits for others, and whom others may wait for: a generation, or the verification of an entry.
 */
export class WaitNode {
  /** Whom this one waits for now, and how many times. */
  readonly waitsFor = new Map<WaitNode, number>();

  /**
   * Records that this one waits for `target`, unless that would close a circle of waiting: then nothing is recorded
   * and the answer is false. Recorded before the target starts, so that no circle can close unseen.
   */
  await(target: WaitNode): boolean {
    if (target.reaches(this)) return false;
    this.waitsFor.set(target, (this.waitsFor.get(target) ?? 0) + 1);
    return true;
  }

  release(target: WaitNode): void {
    const count = this.waitsFor.get(target) ?? 0;
    if (count > 1) this.waitsFor.set(target, count - 1);
    else this.waitsFor.delete(target);
  }

  reaches(goal: WaitNode): boolean {
    const seen = new Set<WaitNode>([this]);
    for (const node of seen) {
      if (node === goal) return true;
      for (const next of node.waitsFor.keys()) seen.add(next);
    }
    return false;
  }
}
