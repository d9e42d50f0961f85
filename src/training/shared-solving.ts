import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import {
  itemWeights,
  KernelError,
  Meeting,
  shareWeights,
  solvePart,
  type SharedWeights,
  type WeightsProblem,
} from '#libs/kernels';

const STATE = 0;
const MEETING = 1;
const [ABSENT, READY, ENGAGED, DISMISSED] = [0, 1, 2, 3];
const PARTS = 2;
const WORTH_SHARING = 1024; // items: below, a solution takes less time than a thread to come
const PATIENCE = 300; // milliseconds for a thread that has only been started; alone, the rest takes a second

/** What the thread of an aggregator and the one that helps it solve have in common. */
export interface Helping {
  /** On shared memory. */
  readonly control: Int32Array;
  /** Problems go from the one to the other. */
  readonly port: MessagePort;
}

/** The memory for two threads to find each other; zeros. */
export function newControl(): Int32Array {
  return new Int32Array(new SharedArrayBuffer((MEETING + Meeting.WORDS) * Int32Array.BYTES_PER_ELEMENT));
}

/** Sends the helper home and waits for it nowhere; from whichever side the work has ended, or failed. */
export function dismiss(control: Int32Array): void {
  setState(control, DISMISSED);
  meetingOf(control).giveUp();
}

/** The weights of a problem, with the help of another thread where one is there: the bits are the same. @param into shared memory */
export function solveWithHelp(
  problem: WeightsProblem,
  { control, port }: Helping,
  into?: Float32Array,
): Float32Array {
  if (problem.size < WORTH_SHARING || !isThere(control)) return itemWeights(problem, into);
  const shared = shareWeights(problem, PARTS, into);
  port.postMessage(shared);
  setState(control, ENGAGED);
  try {
    solvePart(shared, 0, meetingOf(control));
    return shared.weights;
  } catch (failure) {
    if (failure instanceof KernelError && failure.code === 'PART_LOST') return itemWeights(problem, into);
    throw failure;
  }
}

/** Helps with one problem after the other until it is dismissed. What stops it, the thread that it helps is told by the meeting. */
export function help({ control, port }: Helping): void {
  let expected = ABSENT;
  while (Atomics.compareExchange(control, STATE, expected, READY) === expected) {
    Atomics.notify(control, STATE);
    Atomics.wait(control, STATE, READY);
    const received = receiveMessageOnPort(port);
    if (received === undefined) return;
    solvePart(received.message as SharedWeights, 1, meetingOf(control));
    expected = ENGAGED;
  }
}

function isThere(control: Int32Array): boolean {
  for (const onItsWay of [ABSENT, ENGAGED]) Atomics.wait(control, STATE, onItsWay, PATIENCE);
  return Atomics.load(control, STATE) === READY;
}

function setState(control: Int32Array, state: number): void {
  Atomics.store(control, STATE, state);
  Atomics.notify(control, STATE);
}

function meetingOf(control: Int32Array): Meeting {
  return new Meeting(control.subarray(MEETING), PARTS);
}
