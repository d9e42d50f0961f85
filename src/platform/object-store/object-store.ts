/** What is stored under a key. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

/** What was destroyed. */
export interface Destroyed {
  readonly files: number;
  readonly bytes: number;
}

/** Files by keys in one place of an object store. All of them are replaced as a whole: nobody sees half of one. */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array, contentType?: string): Promise<void>;
  /** Undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  sizeOf(key: string): Promise<number | undefined>;
  /** Gives what is stored a second key, without reading it. @returns false where there is nothing to copy */
  copy(from: string, to: string): Promise<boolean>;
  /** What is there now, in the order of keys. */
  list(under: string): AsyncIterable<StoredObject>;
  /**
   * Destroys for good what is below a key's beginning and not to be kept, and every earlier content of what is kept, where the store
   * remembers any.
   */
  keepOnly(under: string, isKept: (key: string) => boolean): Promise<Destroyed>;
  close(): void;
}
