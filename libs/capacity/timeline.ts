interface Due {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** Things that happen at their times; those of the same time in the order in which they were planned. Times are seconds. */
export class Timeline {
  /** Smallest first: a binary heap. */
  private readonly heap: Due[] = [];
  private planned = 0;
  private time = 0;

  get now(): number {
    return this.time;
  }

  /** @param delay seconds from now */
  after(delay: number, happen: () => void): void {
    this.heap.push({ at: this.time + delay, order: this.planned++, happen });
    this.rise(this.heap.length - 1);
  }

  /** Lets everything happen, with what it brings about. */
  run(): void {
    for (let due = this.take(); due !== undefined; due = this.take()) {
      this.time = due.at;
      due.happen();
    }
  }

  private take(): Due | undefined {
    const [first] = this.heap;
    const last = this.heap.pop();
    if (this.heap.length > 0 && last !== undefined) {
      this.heap[0] = last;
      this.sink(0);
    }
    return first;
  }

  private rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(this.heap[at], this.heap[parent])) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(from: number): void {
    for (let at = from; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < this.heap.length && isBefore(this.heap[left], this.heap[least])) least = left;
      if (right < this.heap.length && isBefore(this.heap[right], this.heap[least])) least = right;
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b], this.heap[a]];
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
