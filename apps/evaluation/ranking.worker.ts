import { KernelError } from '#libs/kernels';
import { LearningError } from '#libs/learning';
import { Ranker } from './rank.js';
import type { RankingAnswer, RankingTask } from './ranking-message.js';

const ranker = new Ranker();

/** Runs in a thread of the pool: some people, one answer. */
export default function rankInThread(task: RankingTask): RankingAnswer {
  try {
    return { ranked: ranker.rank(task) };
  } catch (error) {
    if (!(error instanceof LearningError || error instanceof KernelError)) throw error;
    const { name, code, message, facts, nextStep } = error;
    return { refusal: { name, code, message, facts, nextStep } };
  }
}
