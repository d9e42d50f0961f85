import type { Genesis, ModelManifest } from '#libs/contracts';
import type { ReadModelsPlace } from '#platform/read-models';

/** What a process that measures is told once, by message: a key has no place among arguments or in the environment. */
export interface MeasuringOrder {
  readonly genesis: Genesis;
  /** Divides the line's records; see keyNames.partition. */
  readonly partitionKey: Uint8Array;
  readonly manifest: ModelManifest;
  readonly readModels: ReadModelsPlace;
  /** The read models have to be folded up to here, decimal. */
  readonly position: string;
  readonly threads: number;
}
