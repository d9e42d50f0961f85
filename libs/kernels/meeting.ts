import { KernelError } from './kernel-error.js';

const ARRIVED = 0;
const ROUND = 1;
const LOST = 2;

/** Where the parts of one computation wait for one another, each in a thread of its own. */
export class Meeting {
  /** 32-bit words that a meeting takes. */
  static readonly WORDS = 3;

  /** @param words on memory that all parts share, zeros at the beginning */
  constructor(
    private readonly words: Int32Array,
    private readonly parts: number,
  ) {}

  /** Returns when every part has come; what each wrote before, all can read then. @throws KernelError PART_LOST */
  wait(): void {
    const { words } = this;
    const round = Atomics.load(words, ROUND); // first: whoever gives up after the next line ends this round
    this.requireAll();
    if (Atomics.add(words, ARRIVED, 1) + 1 === this.parts) {
      Atomics.store(words, ARRIVED, 0);
      this.release();
    } else while (Atomics.load(words, ROUND) === round) Atomics.wait(words, ROUND, round);
    this.requireAll();
  }

  private requireAll(): void {
    if (Atomics.load(this.words, LOST) !== 0)
      throw new KernelError('PART_LOST', 'another thread of the same computation has ended', {
        nextStep: 'Compute in one thread.',
      });
  }

  /** From whoever cannot go on, or knows of a part that cannot: nobody waits for it any more. */
  giveUp(): void {
    Atomics.store(this.words, LOST, 1);
    this.release();
  }

  private release(): void {
    Atomics.add(this.words, ROUND, 1);
    Atomics.notify(this.words, ROUND);
  }
}
