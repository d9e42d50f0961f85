import type { EntityManager } from 'typeorm';

/** Rebuildable tables that are read. */
export interface ReadModelsReader {
  /** Sees committed states, never a half-written one. May be called again when the connection breaks. */
  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Reads several tables as of one moment, however long it takes and whatever is written meanwhile. May be called again, from its beginning. */
  snapshot<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Rebuildable tables: one writer, and readers who see what was committed last. */
export interface ReadModels extends ReadModelsReader {
  /**
   * One transaction at a time, in this process and of all. May be called again, also when an earlier call was committed and only the
   * answer was lost: what it does twice must come to the same.
   */
  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Removes what deleted rows have left beside the tables, or sees to it. @returns false while a snapshot needs it, and one has to ask again */
  scrubLog(): Promise<boolean>;
}
