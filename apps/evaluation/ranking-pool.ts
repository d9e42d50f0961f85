import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { EvaluationError } from '#libs/evaluation';
import { KernelError, NO_ITEM } from '#libs/kernels';
import { LearningError, type ModelFiles } from '#libs/learning';
import {
  type PackedQueries,
  type RankedModel,
  type RankingAnswer,
  type RankingTask,
} from './ranking-message.js';

const PARTS_A_THREAD = 4; // people differ in what they cost; small parts end together

// Beside this file when it runs from dist; tests run from the sources and use what the last build made.
const WORKER_FILES = ['./ranking.worker.js', '../../dist/apps/evaluation/ranking.worker.js'];

/** Ranks in threads; what comes back is the same whatever their number. */
export class RankingPool {
  private readonly pool: Piscina<RankingTask, RankingAnswer>;
  private opened = 0;

  /** @throws EvaluationError RANKING_WORKER_NOT_BUILT */
  constructor(private readonly threads = availableParallelism()) {
    this.pool = new Piscina({ filename: workerFile(), minThreads: threads, maxThreads: threads });
  }

  /** Puts a version's files where all threads read them. */
  model(files: ModelFiles): RankedModel {
    const { shards, aggregator } = files;
    return {
      id: this.opened++,
      files: { ...files, shards: shards?.map(shared), aggregator: shared(aggregator) },
    };
  }

  /**
   * Catalogue indices of each person's best items, best first.
   *
   * @param subjects in the order of the queries
   * @param shard the only one that is asked; all of them where absent
   * @throws LearningError, KernelError, as the scorer does
   */
  async rank(
    model: RankedModel,
    { subjects, queries, k }: { subjects: readonly string[]; queries: PackedQueries; k: number },
    shard?: number,
  ): Promise<Uint32Array[]> {
    const size = Math.max(1, Math.ceil(subjects.length / (this.threads * PARTS_A_THREAD)));
    const parts = Array.from({ length: Math.ceil(subjects.length / size) }, (_, part) => part * size);
    const answers = await Promise.all(
      parts.map((from) =>
        this.pool.run({ model, queries, k, shard, from, subjects: subjects.slice(from, from + size) }),
      ),
    );
    return answers.flatMap((answer) => rowsOf(answer, k));
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}

function rowsOf(answer: RankingAnswer, k: number): Uint32Array[] {
  if ('refusal' in answer) throw toError(answer.refusal);
  const { ranked } = answer;
  return Array.from({ length: ranked.length / k }, (_, row) => {
    const items = ranked.subarray(row * k, (row + 1) * k);
    const end = items.indexOf(NO_ITEM);
    return end < 0 ? items : items.subarray(0, end);
  });
}

type Refusal = Extract<RankingAnswer, { refusal: unknown }>['refusal'];

function toError({ name, code, message, facts, nextStep }: Refusal): KernelError | LearningError {
  const Rebuilt = name === 'KernelError' ? KernelError : LearningError;
  return new Rebuilt(code as never, message, { facts, nextStep });
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function workerFile(): string {
  const found = WORKER_FILES.map((file) => fileURLToPath(new URL(file, import.meta.url))).find((file) =>
    existsSync(file),
  );
  if (found !== undefined) return found;
  throw new EvaluationError('RANKING_WORKER_NOT_BUILT', 'the compiled ranking worker is missing', {
    nextStep: 'Run `npm run build`.',
  });
}
