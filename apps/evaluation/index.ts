export { benchUnlearning, type UnlearningBenchOptions } from './bench-unlearning.js';
export { UNLEARNED, type Scenario } from './completeness.js';
export { DATASET_FILES, datasetFile } from './dataset-files.js';
export { evaluate, type EvaluationOptions } from './evaluate.js';
export { readDataset } from './read-dataset.js';
