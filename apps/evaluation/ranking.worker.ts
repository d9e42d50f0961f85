import { LearningError } from '#libs/learning';
import { Ranker } from './rank.js';
import type { RankingAnswer, RankingTask } from './ranking-message.js';

const ranker = new Ranker();

/** Runs in a thread of the pool: some people, one answer. */
export default function rankInThread(task: RankingTask): RankingAnswer {
  try {
    return { ranked: ranker.rank(task) };
  } catch (error) {
    if (!(error instanceof LearningError)) throw error;
    const { code, message, facts, nextStep } = error;
    return { refusal: { code, message, facts, nextStep } };
  }
}
