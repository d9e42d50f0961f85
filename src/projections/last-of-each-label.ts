const FIRST_CAPACITY = 4_096;
const LABEL_LENGTH = 32; // a packed record begins with its label (packRecords)

/**
 * Packed records of one subject, in the order of the log. They lie in one buffer that grows: thousands of small objects that live as
 * long as a window would cost more in garbage collection than reading them.
 */
export class LastOfEachLabel {
  private bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  private readonly starts = [0];

  get count(): number {
    return this.starts.length - 1;
  }

  /** @param packed one record */
  add(packed: Uint8Array): void {
    const start = this.starts[this.count];
    const end = start + packed.length;
    if (end > this.bytes.length) this.grow(end);
    this.bytes.set(packed, start);
    this.starts.push(end);
  }

  /** Sorted by label, each once: the last writing stays, for of a re-written record only that one is left in the log. */
  sorted(): Uint8Array {
    const { starts, bytes } = this;
    const order = Array.from({ length: this.count }, (_, at) => at).sort(
      (a, b) => this.compare(a, b) || a - b,
    );
    const last = order.filter((at, i) => i === order.length - 1 || this.compare(at, order[i + 1]) !== 0);
    const sorted = new Uint8Array(last.reduce((sum, at) => sum + starts[at + 1] - starts[at], 0));
    let end = 0;
    for (const at of last) {
      sorted.set(bytes.subarray(starts[at], starts[at + 1]), end);
      end += starts[at + 1] - starts[at];
    }
    return sorted;
  }

  private compare(a: number, b: number): number {
    const { bytes, starts } = this;
    const [left, right] = [starts[a], starts[b]];
    for (let i = 0; i < LABEL_LENGTH; i++)
      if (bytes[left + i] !== bytes[right + i]) return bytes[left + i] - bytes[right + i];
    return 0;
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
