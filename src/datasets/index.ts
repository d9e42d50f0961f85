export {
  DatasetMaps,
  type BroughtMap,
  type DatasetDelta,
  type DatasetVersion,
  type MapTarget,
} from './dataset-maps.js';
export { DatasetsError, type DatasetsErrorCode } from './datasets-error.js';
export { MapStore } from './map-store.js';
export { Tombstones, type TombstoneDelta, type TombstoneSummary } from './tombstones.js';
