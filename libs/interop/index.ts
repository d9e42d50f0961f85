export { coseReceipt, verifyCoseReceipt, type LogPosition } from './cose-receipt.js';
export { InteropError, type InteropErrorCode } from './interop-error.js';
export { modelSignerFromSeed, type ModelSigner } from './model-key.js';
export {
  MODEL_SIGNATURE_FILE,
  MODEL_SIGNATURE_TYPE,
  modelSignature,
  type ModelFile,
} from './model-signature.js';
