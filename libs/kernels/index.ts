export { gram, IALS_DIGEST, NUMERIC_PROFILE, ScoringTable, solveRows } from './ials.js';
export { MAX_DIMENSIONS, type IalsWeights, type RowProblem } from './ials-problem.js';
export { gramReference, scoresReference, solveRowsReference } from './ials.reference.js';
export { KernelError, type KernelErrorCode } from './kernel-error.js';
export { kernelSha256, sha256Many, sparseRoot } from './sha256.js';
