export { WitnessError, type WitnessErrorCode } from './witness-error.js';
export { createWitness, DEFAULT_LIMIT, describeWitness, Witness, type WitnessOptions } from './witness.js';
export { WitnessServer, type WitnessEvent } from './witness-server.js';
export { WitnessCosigner, type CosignerOptions } from './cosigner.js';
export type { WitnessState } from './witness-states.js';
