import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { EventStoreError, type ExpectedRevision } from '#libs/messaging';
import type { Appender, Commit, Entry } from './appender.js';
import {
  sentCommit,
  sentFailure,
  type AppenderFile,
  type Question,
  type Reply,
  type SentCommit,
  type SentFailure,
} from './appender-message.js';
import { packEntries } from './packed-entries.js';

/** Commits under way: one that is being made durable, and one that the thread goes on with when this one is busy. */
const UNDER_WAY = 2;

// Beside this file when it runs from dist; tests run from the sources and use what the last build made.
const WORKER_FILES = ['./append.worker.js', '../../dist/src/event-store/append.worker.js'];

type Answer = Exclude<Reply, SentFailure>;

interface Asked {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
  /** Resolves when it was answered, however. */
  readonly ended: Promise<unknown>;
}

/**
 * Has the log written in a thread: what is to be written is sealed by then, and waiting for the disk, which may take a tenth of a second, holds up
 * nothing else. The thread starts with the first commit and keeps a process alive only while somebody waits for it; one that has ended
 * without an answer is followed by another.
 */
export class AppenderThread implements Appender {
  private worker: Worker | undefined;
  private failure: unknown;
  private readonly asked: Asked[] = [];

  private constructor(
    private readonly code: string,
    private readonly log: AppenderFile,
  ) {}

  /** undefined where the compiled code of the thread is not there. */
  static over(log: AppenderFile): AppenderThread | undefined {
    const code = WORKER_FILES.map((name) => fileURLToPath(new URL(name, import.meta.url))).find(existsSync);
    return code === undefined ? undefined : new AppenderThread(code, log);
  }

  async room(): Promise<void> {
    while (this.asked.length >= UNDER_WAY) await this.asked[this.asked.length - UNDER_WAY].ended;
  }

  /** @throws EventStoreError STORE_UNAVAILABLE when the thread has ended: whether the entries were taken, repeating them tells */
  async commit(entries: readonly Entry[]): Promise<Commit> {
    const answer = await this.ask({ kind: 'commit', entries: packEntries(entries) });
    return sentCommit(answer as SentCommit, entries);
  }

  async tombstone(stream: string, expectedRevision?: ExpectedRevision): Promise<void> {
    await this.ask({ kind: 'tombstone', stream, expectedRevision });
  }

  async close(): Promise<void> {
    const { worker } = this;
    if (worker === undefined) return;
    const exited = once(worker, 'exit');
    await this.ask({ kind: 'close' });
    worker.ref();
    await exited;
  }

  private ask(question: Question): Promise<Answer> {
    const worker = (this.worker ??= this.start());
    worker.ref(); // whoever waits for the answer must not find the process ended
    let settle!: Pick<Asked, 'resolve' | 'reject'>;
    const answer = new Promise<Answer>((resolve, reject) => (settle = { resolve, reject }));
    this.asked.push({ ...settle, ended: answer.catch(() => undefined) });
    worker.postMessage(question);
    return answer;
  }

  private start(): Worker {
    const worker = new Worker(this.code, { workerData: this.log });
    worker.on('message', (reply: Reply) => this.answered(worker, reply));
    worker.on('error', (failure) => (this.failure = failure)); // then it exits
    worker.once('exit', () => this.ended());
    return worker;
  }

  private answered(worker: Worker, reply: Reply): void {
    const { resolve, reject } = this.asked.shift()!;
    if (this.asked.length === 0) worker.unref();
    if ('refusal' in reply || 'defect' in reply) reject(sentFailure(reply));
    else resolve(reply);
  }

  private ended(): void {
    const { failure } = this;
    this.worker = undefined;
    this.failure = undefined;
    for (const { reject } of this.asked.splice(0)) reject(endedWithoutAnswer(failure));
  }
}

function endedWithoutAnswer(cause: unknown): EventStoreError {
  return new EventStoreError('STORE_UNAVAILABLE', 'the thread that writes the events has ended', {
    nextStep: 'append again: what is stored already is not stored twice',
    cause,
  });
}
