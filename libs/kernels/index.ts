export { BPR_DIGEST, BprFoldIn, BprTraining, kernelExps } from './bpr.js';
export { KEY_WORDS, type BprProblem, type BprTable } from './bpr-problem.js';
export { BprTrainingReference, foldInReference } from './bpr.reference.js';
export { DENSE_DIGEST, product } from './dense.js';
export type { DenseProduct, Matrix } from './dense-problem.js';
export { productReference } from './dense.reference.js';
export { exp32 } from './exp.js';
export { gram, IALS_DIGEST, NUMERIC_PROFILE, ScoringTable, solveRows } from './ials.js';
export { MAX_DIMENSIONS, type IalsWeights, type RowProblem } from './ials-problem.js';
export { gramReference, scoresReference, solveRowsReference } from './ials.reference.js';
export { INVERSE_DIGEST, InversePart, itemWeights } from './inverse.js';
export { shareWeights, solvePart, type SharedWeights } from './inverse-together.js';
export { MAX_BLOCK, metItems, type WeightsProblem, type WeightsSolver } from './inverse-problem.js';
export { itemWeightsReference } from './inverse.reference.js';
export { KernelError, type KernelErrorCode } from './kernel-error.js';
export { Meeting } from './meeting.js';
export { countPairs, PAIRS_DIGEST, subtractCounts, sumCounts } from './pairs.js';
export { MAX_COUNT, triangleLength, type PairsProblem } from './pairs-problem.js';
export { countPairsReference } from './pairs.reference.js';
export { philox4x32 } from './philox.js';
export { kernelSha256, sha256Many, sparseBranches, sparseRoot } from './sha256.js';
export { rankScores, rankTop } from './topk.js';
export { MAX_K, NO_ITEM, type FactorRanking, type MaskedItems, type ScoreRanking } from './topk-problem.js';
export { rankScoresReference, rankTopReference } from './topk.reference.js';
export { TWO_TOWER_DIGEST, TwoTowers, type TowerCapacity } from './two-tower.js';
export {
  towerLayout,
  type InnerStep,
  type TowerBatch,
  type TowerLayout,
  type TowerRates,
  type TowerShape,
} from './two-tower-problem.js';
export { TwoTowersReference } from './two-tower.reference.js';
