import { TrainingPool } from '#stages/training';
import { RankingPool } from './ranking-pool.js';
import type { Trainer } from './train-line.js';

/** The threads that evaluating takes. */
export interface Workshop {
  readonly trainer: Trainer;
  readonly ranking: RankingPool;
  close(): Promise<void>;
}

/** @throws TrainingError TRAINING_WORKER_NOT_BUILT; EvaluationError RANKING_WORKER_NOT_BUILT */
export function openWorkshop(threads: number): Workshop {
  const pool = new TrainingPool({ threads });
  const ranking = new RankingPool(threads);
  return {
    trainer: { pool, threads },
    ranking,
    close: async () => {
      await pool.close();
      await ranking.close();
    },
  };
}
